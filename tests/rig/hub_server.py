"""A hub of the test's own: redirects to the bytes, says commit, size and hash, gives parts, and fails."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CDN = "/cdn/"
"""Where the bytes are; on the hub itself this is another host."""
RESOLVE = re.compile(r"/([\w.-]+/[\w.-]+)/resolve/([\w.-]+)/(.+)")


@dataclass
class Behaviour:
    """What the server does, and what it was asked."""

    cuts: list[int] = field(default_factory=list)
    """Bytes after which each of the next answers ends without a word."""
    parts: bool = True
    """Give parts where they are asked for."""
    gives: bytes | None = None
    """Other bytes than those that were announced."""
    announces: bool = True
    """Say size and hash of large files."""
    lengths: bool = True
    """Say how long an answer is."""
    token: str = ""
    """Ask for it."""
    shifted: bool = False
    """Begin parts at another byte than was asked for."""
    status: int = 0
    """Answer this to everything."""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path and headers of each request."""
    stalls_after: int = 0
    """Bytes after which an answer stands still; 0: it does not."""
    pause: threading.Event = field(default_factory=threading.Event)
    """Bytes flow while it is set."""


class HubServer:
    """Serves files under their names, ``owner/repo/file``."""

    def __init__(self, files: dict[str, bytes]) -> None:
        """Start on two loopback addresses: the hub's, and that of the bytes."""
        self.files = files
        self.does = Behaviour()
        self.does.pause.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                server.answer(self)

            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *_arguments: object) -> None:
                """Keep still."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port: int = self._http.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self.does.pause.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def asked(self, part: str) -> list[dict[str, str]]:
        """Return the headers of each GET whose path has this part."""
        return [headers for method, path, headers in self.does.requests if method == "GET" and part in path]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        self.does.requests.append((request.command, request.path, dict(request.headers)))
        with contextlib.suppress(ConnectionError):
            if self.does.status:
                self._end(request, self.does.status, {"X-Error-Message": "as the test wants it"})
            elif request.path.startswith(CDN):
                self._bytes(request, unquote(request.path.removeprefix(CDN)))
            else:
                self._resolve(request)

    def _resolve(self, request: BaseHTTPRequestHandler) -> None:
        found = RESOLVE.fullmatch(request.path)
        name = f"{found[1]}/{unquote(found[3])}" if found else ""
        if self.does.token and request.headers.get("Authorization") != f"Bearer {self.does.token}":
            self._end(request, 401, {"X-Error-Code": "GatedRepo"})
        elif name not in self.files:
            self._end(request, 404, {"X-Error-Code": "EntryNotFound"})
        else:
            content = self.files[name]
            headers = {"X-Repo-Commit": COMMIT, "Location": f"http://localhost:{self.port}{CDN}{quote(name)}"}
            if self.does.announces:
                headers["X-Linked-Size"] = str(len(content))
                headers["X-Linked-ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
            self._end(request, 302, headers)

    def _bytes(self, request: BaseHTTPRequestHandler, name: str) -> None:
        content = self.files[name] if self.does.gives is None else self.does.gives
        start, status = 0, 200
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        if wanted and self.does.parts:
            start, status = int(wanted[1]) + (7 if self.does.shifted else 0), 206
            if start >= len(content):
                self._end(request, 416, {"Content-Range": f"bytes */{len(content)}"})
                return
        request.send_response(status)
        if status == 206:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.does.lengths:
            request.send_header("Content-Length", str(len(content) - start))
        else:
            request.send_header("Connection", "close")
        request.end_headers()
        if request.command == "GET":
            self._send(request, content[start:])

    def _send(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        room = self.does.cuts.pop(0) if self.does.cuts else len(content)
        for place in range(0, min(room, len(content)), 1 << 15):
            self.does.pause.wait(20)
            if 0 < self.does.stalls_after < place + (1 << 15):
                self._stall(request, content[place : self.does.stalls_after])
                return
            request.wfile.write(content[place : min(place + (1 << 15), room)])
        if room < len(content) or not self.does.lengths:
            request.close_connection = True

    def _stall(self, request: BaseHTTPRequestHandler, rest: bytes) -> None:
        """Send the rest and wait until the test goes on."""
        request.wfile.write(rest)
        self.does.pause.clear()
        self.does.pause.wait(20)
        request.close_connection = True

    def _end(self, request: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()
