"""A small object store on loopback: ranges, ETags, listings as S3 has them, latency, and faults on demand."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class RangeServer(ThreadingHTTPServer):
    """Objects in memory under `/BUCKET/KEY`.

    Attributes:
        objects: `BUCKET/KEY` -> bytes, stored by `put`.
        tags: `BUCKET/KEY` -> ETag.
        faults: `BUCKET/KEY` -> what its GETs meet, one after the other; the last stays. Each is a status such as
            ``503``, ``cut``, ``ignored`` (the whole object in answer to a range), ``stall``, or ``ok``.
        latency: Seconds before every answer.
        put_status: What every PUT is answered.
        gets: (`BUCKET/KEY`, range or "") of every GET of an object, in order.
        requests: (method, path, headers) of all.
        most_active: Requests that were answered at once, at most.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.faults: dict[str, list[Any]] = {}
        self.latency = 0.0
        self.put_status = 403
        self.etags = True
        self.gets: list[tuple[str, str]] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.active = self.most_active = 0
        self.ended = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """The root of the server."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def put(self, key: str, data: bytes | Path) -> None:
        """Store an object."""
        data = data if isinstance(data, bytes) else data.read_bytes()
        self.tags[key] = '"' + hashlib.md5(data, usedforsecurity=False).hexdigest() + '"'
        self.objects[key] = data

    def put_folder(self, key: str, folder: Path) -> None:
        """Store every file below a folder."""
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                self.put(f"{key}/{file.relative_to(folder).as_posix()}", file)

    def fault_of(self, key: str) -> Any:
        with self.lock:
            waiting = self.faults.get(key) or ["ok"]
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RangeServer

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self._answer(head=True)

    def do_GET(self) -> None:
        self._answer(head=False)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._send(self.server.put_status, b"<Error><Code>Fault</Code></Error>", {})

    def _answer(self, *, head: bool) -> None:
        server, split = self.server, urlsplit(self.path)
        key = unquote(split.path).lstrip("/")
        with server.lock:
            server.requests.append((self.command, self.path, dict(self.headers)))
            server.active += 1
            server.most_active = max(server.most_active, server.active)
        try:
            if server.latency:
                time.sleep(server.latency)
            if "list-type" in (query := parse_qs(split.query)):
                self._send(200, self._listing(key.rstrip("/"), query), {"Content-Type": "application/xml"})
            else:
                self._object(key, head=head)
        finally:
            with server.lock:
                server.active -= 1

    def _object(self, key: str, *, head: bool) -> None:
        server, data = self.server, self.server.objects.get(key)
        asked = self.headers.get("Range", "")
        if not head:
            with server.lock:
                server.gets.append((key, asked))
        fault = "ok" if head else server.fault_of(key)
        if fault == "stall":
            server.ended.wait(60)
            self.close_connection = True
            return
        if isinstance(fault, int):
            self._send(fault, b"<Error><Code>Fault</Code></Error>", {}, head=head)
            return
        if data is None:
            self._send(404, b"<Error><Code>NoSuchKey</Code></Error>", {}, head=head)
            return
        headers = {"Last-Modified": formatdate(1_700_000_000, usegmt=True), "Accept-Ranges": "bytes"}
        etag = server.tags[key]
        if server.etags:
            headers["ETag"] = etag
        if (wanted := self.headers.get("If-Match")) is not None and wanted != etag:
            self._send(412, b"", {}, head=head)
            return
        status, body = 200, data
        if asked and fault != "ignored":
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start = int(first) if first else max(0, len(data) - int(last))
            end = min(int(last) + 1, len(data)) if first and last else len(data)
            if start >= len(data):
                self._send(416, b"", {"Content-Range": f"bytes */{len(data)}"}, head=head)
                return
            status, body = 206, data[start:end]
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
        self._send(status, body, headers, head=head, cut=fault == "cut")

    def _send(
        self, status: int, body: bytes, headers: dict[str, str], *, head: bool = False, cut: bool = False
    ) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *(f"{k}: {v}" for k, v in headers.items())]
        sent = b"" if head else body[: len(body) // 2] if cut else body
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + sent)
        if cut:
            self.close_connection = True

    def _listing(self, bucket: str, query: dict[str, list[str]]) -> bytes:
        prefix, delimiter = query.get("prefix", [""])[0], query.get("delimiter", [""])[0]
        after = query.get("start-after", query.get("continuation-token", [""]))[0]
        found: list[str] = []
        folders: dict[str, None] = {}
        for name in sorted(self.server.objects):
            key = name.removeprefix(f"{bucket}/")
            if key == name or not key.startswith(prefix) or key <= after:
                continue
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                folders[prefix + rest.partition(delimiter)[0] + delimiter] = None
                continue
            size = len(self.server.objects[name])
            found.append(
                f"<Contents><Key>{escape(key)}</Key><LastModified>2023-11-14T22:13:20.000Z</LastModified>"
                f"<ETag>&quot;x&quot;</ETag><Size>{size}</Size></Contents>"
            )
        prefixes = "".join(f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in folders)
        text = f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(found)}{prefixes}</ListBucketResult>"
        return text.encode()


@contextlib.contextmanager
def range_server() -> Iterator[RangeServer]:
    """A server in a thread of this process."""
    server = RangeServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
