"""An authority of the test's own: certificates that are good, expired, revoked or for another name."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_crl_days = 7
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""
NEW_KEY = ("-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
GOOD = ("20200101000000Z", "20490101000000Z")
EXPIRED = ("20200101000000Z", "20210101000000Z")
NOT_YET = ("20480101000000Z", "20490101000000Z")


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    cert: Path
    key: Path


class Authority:
    """Signs and revokes. Made by the openssl command, as an operator would."""

    def __init__(self, folder: Path) -> None:
        """Make the authority's own key and certificate in a new folder."""
        folder.mkdir()
        self.folder = folder
        self.ca = folder / "ca.pem"
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        (folder / "ca.conf").write_text(CONFIGURATION.format(folder=folder))
        self._openssl(
            [
                "req",
                "-x509",
                "-days",
                "30",
                "-nodes",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
            ],
            ["-keyout", str(folder / "ca.key"), "-out", str(self.ca), "-subj", f"/CN={folder.name}"],
        )

    def issue(self, name: str, *, alternative: str = "IP:127.0.0.1", valid: tuple[str, str] = GOOD) -> Pair:
        """Return a certificate for an address or name, as in ``DNS:broker``."""
        pair = Pair(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        request = self.folder / f"{name}.csr"
        self._openssl(
            ["req", "-new", *NEW_KEY],
            ["-keyout", str(pair.key), "-out", str(request), "-subj", f"/CN={name}"],
            ["-addext", f"subjectAltName={alternative}"],
        )
        self._ca("-in", str(request), "-out", str(pair.cert), "-startdate", valid[0], "-enddate", valid[1])
        return pair

    def revoke(self, *pairs: Pair) -> Path:
        """Revoke certificates; return the list of all that are revoked."""
        for pair in pairs:
            self._ca("-revoke", str(pair.cert))
        crl = self.folder / "crl.pem"
        self._ca("-gencrl", "-out", str(crl))
        return crl

    def _ca(self, *arguments: str) -> None:
        self._openssl(["ca", "-batch", "-notext", "-config", str(self.folder / "ca.conf"), *arguments])

    def _openssl(self, *arguments: list[str]) -> None:
        program = shutil.which("openssl")
        assert program, "openssl is missing: apt install openssl"
        command = [program, *(one for part in arguments for one in part)]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)
