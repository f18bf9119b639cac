"""Ansible's way into a booted tree: the namespaces of its first process. Runs as the controller does."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: booted
short_description: enter the namespaces of a container's first process
description: Runs each command by nsenter, as root.
author: the maaza authors
options:
  leader:
    description: Process of this machine that is the first of the container.
    type: int
    required: true
    vars:
      - name: ansible_booted_leader
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(ConnectionBase):
    """A container, entered anew for each command."""

    transport = "booted"
    has_pipelining = True

    def _connect(self) -> Connection:
        """Do nothing: there is no connection to keep."""
        return self

    def exec_command(
        self,
        cmd: str,
        in_data: bytes | None = None,
        sudoable: bool = True,  # noqa: FBT001, FBT002 - Ansible's signature
    ) -> tuple[int, bytes, bytes]:
        """Run a command line of the shell in it."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        leader = str(self.get_option("leader"))
        inside = ["nsenter", "--all", "--wdns=/", "--target", leader, "/bin/sh", "-c", cmd]
        ran = subprocess.run(inside, input=in_data or b"", capture_output=True, check=False)
        return ran.returncode, ran.stdout, ran.stderr

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file into it."""
        self._must(f"cat > {self._shell.quote(out_path)}", Path(in_path).read_bytes())

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file out of it."""
        Path(out_path).write_bytes(self._must(f"cat {self._shell.quote(in_path)}"))

    def _must(self, line: str, data: bytes | None = None) -> bytes:
        code, out, err = self.exec_command(line, in_data=data)
        if code:
            raise AnsibleConnectionFailure(f"{line}: {err.decode(errors='replace')}")
        return out

    def close(self) -> None:
        """Do nothing."""

    def reset(self, *_arguments: Any) -> None:
        """Do nothing."""
