"""The hub's protocol, as far as one file needs it: where it is, how large, which bytes; and a part of it.

``GET <endpoint>/<repo>/resolve/<revision>/<file>`` redirects to where the bytes are. The first answer says
the commit (``X-Repo-Commit``), and of a large file size and SHA-256 (``X-Linked-Size``, ``X-Linked-ETag``).
"""

from __future__ import annotations

import contextlib
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from typing import IO, Final, Protocol
from urllib.parse import quote, urljoin, urlsplit

from agent.errors import AgentError, Permanent, Transient

ENDPOINT: Final = "https://huggingface.co"
VARIABLE: Final = "HF_ENDPOINT"
"""Environment variable that names another endpoint, as the hub's own client has it."""
TOKEN: Final = "HF_TOKEN"  # noqa: S105 - the name of a variable
OFFLINE: Final = "HF_HUB_OFFLINE"
HOPS: Final = 5
"""Redirects that are followed."""
SILENCE_S: Final = 30.0
"""Seconds without a byte after which a connection is given up."""
CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+)")
SHA256: Final = re.compile(r"[0-9a-f]{64}")
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be others later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """What the hub says about a file."""

    url: str
    """Of this commit, before any redirect: those are signed for a few minutes."""
    commit: str
    sha256: str = ""
    """Empty where the hub does not say it."""
    size: int = 0


class Body(Protocol):
    """Bytes as they come."""

    def read1(self, limit: int, /) -> bytes:
        """Return what is there, without waiting for more; none at the end."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a file that is coming."""

    start: int
    """Offset of the first byte; 0 where the server does not give parts."""
    total: int
    """Bytes of the whole file; 0: it does not say."""
    body: Body


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to us: their headers matter, and a token must not go along to another host."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none."""


class Hub:
    """One endpoint."""

    def __init__(self, endpoint: str = ENDPOINT, *, token: str = "", silence_s: float = SILENCE_S) -> None:
        """Take the endpoint and, for repositories that are not open to all, a token.

        Raises:
            Permanent: the endpoint is no web address.
        """
        parts = urlsplit(endpoint)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            remedy = f"set --endpoint or {VARIABLE} to an address such as {ENDPOINT}"
            raise Permanent("use the hub", cause=f"{endpoint!r} is no web address", remedy=remedy)
        self.endpoint = endpoint.rstrip("/")
        self.is_trustworthy = parts.scheme == "https" or (parts.hostname or "") in LOCAL
        """Whether nobody on the way can put other bytes in."""
        self._token = token
        self._silence_s = silence_s
        self._opener = urllib.request.build_opener(_NoRedirect)

    def locate(self, repo: str, file: str, revision: str) -> RemoteFile:
        """Ask for a file.

        Raises:
            Permanent: there is none, or it is not for us.
            Transient: no answer.
        """
        url = f"{self.endpoint}/{repo}/resolve/{quote(revision, safe='')}/{quote(file)}"
        found: dict[str, str] = {}
        for status, headers in self._hops("HEAD", url, {}):
            found = {**{name.lower(): value for name, value in headers.items()}, **found}
            # Bytes elsewhere are asked for when they are wanted; this address may serve GET alone.
            if status == HTTPStatus.OK or "x-linked-size" in found:
                break
        commit = found.get("x-repo-commit", "")
        etag = (found.get("x-linked-etag") or found.get("etag", "")).removeprefix("W/").strip('"')
        size = found.get("x-linked-size") or found.get("content-length", "0")
        pinned = f"{self.endpoint}/{repo}/resolve/{commit or quote(revision, safe='')}/{quote(file)}"
        return RemoteFile(
            url=pinned,
            commit=commit,
            sha256=etag if SHA256.fullmatch(etag) else "",
            size=int(size) if size.isdecimal() else 0,
        )

    def _hops(self, method: str, url: str, headers: Mapping[str, str]) -> Iterator[tuple[int, Message]]:
        for _ in range(HOPS + 1):
            with self._request(method, url, headers) as response:
                yield response.status or 0, response.headers
                if not _is_redirect(response.status):
                    return
                url = urljoin(url, response.headers["Location"] or "")
        raise Permanent(f"ask {url}", cause=f"more than {HOPS} redirects", remedy="see --endpoint")

    @contextlib.contextmanager
    def part(self, file: RemoteFile, start: int) -> Iterator[Part]:
        """Open a file from an offset on; a server without parts gives the whole.

        Raises:
            Permanent: there is none, or it is not for us.
            Transient: no answer.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        url = file.url
        for _ in range(HOPS + 1):
            with self._request("GET", url, headers) as response:
                if isinstance(response, http.client.HTTPResponse):
                    yield _part(response)
                    return
                url = urljoin(url, response.headers["Location"] or "")
        raise Permanent(f"get {file.url}", cause=f"more than {HOPS} redirects", remedy="see --endpoint")

    @contextlib.contextmanager
    def _request(
        self, method: str, url: str, headers: Mapping[str, str]
    ) -> Iterator[http.client.HTTPResponse | urllib.error.HTTPError]:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise Permanent(f"ask {url}", cause="the hub leads to no web address", remedy="see --endpoint")
        request = urllib.request.Request(url, method=method, headers=dict(headers))  # noqa: S310 - checked above
        request.add_header("User-Agent", "maaza")
        # Compressed bytes could not be resumed.
        request.add_header("Accept-Encoding", "identity")
        if self._token and urlsplit(url).netloc == urlsplit(self.endpoint).netloc:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            response = self._opener.open(request, timeout=self._silence_s)
        except urllib.error.HTTPError as error:
            if not _is_redirect(error.code):
                error.close()
                raise _refusal(url, error) from error
            response = error
        except (OSError, http.client.HTTPException) as error:
            raise _silence(url, error) from error
        with response:
            yield response


def _is_redirect(status: int | None) -> bool:
    return status in {301, 302, 303, 307, 308}


def _part(response: http.client.HTTPResponse) -> Part:
    said = CONTENT_RANGE.match(response.headers.get("Content-Range") or "")
    if response.status == HTTPStatus.PARTIAL_CONTENT and said:
        return Part(int(said[1]), int(said[2]), response)
    length = response.headers.get("Content-Length") or "0"
    return Part(0, int(length) if length.isdecimal() else 0, response)


def _refusal(url: str, error: urllib.error.HTTPError) -> AgentError:
    said = error.headers.get("X-Error-Message") or error.headers.get("X-Error-Code") or error.reason
    operation, cause = f"ask {url}", f"{error.code} {said}"
    if error.code in AGAIN:
        return Transient(operation, cause=cause, remedy="call it again later: what has come is kept")
    if error.code in {401, 403}:
        remedy = f"the repository is not open to all: accept its terms on the hub, and set {TOKEN}"
        return Permanent(operation, cause=cause, remedy=remedy)
    if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return RangeRefused(operation, cause=cause)
    return Permanent(
        operation, cause=cause, remedy="compare repository, file and revision with the hub's page"
    )


class RangeRefused(Permanent):
    """The server has no byte at the offset asked for: what is here is longer than what is there."""


def _silence(url: str, error: Exception) -> Transient:
    reason = getattr(error, "reason", None) or error
    remedy = "see to the network (`maaza models import FILE` needs none), then call it again"
    cause = getattr(reason, "strerror", None) or str(reason)
    return Transient(f"ask {url}", cause=str(cause), remedy=remedy)
