"""A store that costs little: nginx on loopback, which sends files with sendfile and waits without a thread.

The store of the tests answers each request in a Python thread, on the cores that the client is measured on; nginx takes
71 µs of CPU for a GET. Debian has it: `apt-get install nginx-light libnginx-mod-http-lua`; nothing needs to be started.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MODULES: Final = Path("/usr/lib/nginx/modules")

_SETTINGS: Final = """\
load_module {modules}/ndk_http_module.so;
load_module {modules}/ngx_http_lua_module.so;
worker_processes 1;
daemon off;
pid {folder}/pid;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nodelay on;
    keepalive_requests 1000000; keepalive_timeout 300;
    open_file_cache max=1000 inactive=1h; open_file_cache_valid 1h;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {folder}/root;
        location / {{ access_by_lua_block {{ ngx.sleep({seconds}) }} }}
    }}
}}
"""


@contextmanager
def nginx(files: Path, *, bucket: str, latency_ms: float, folder: Path) -> Iterator[tuple[str, int]]:
    """Serve a folder as a bucket, ETags and conditional ranges included; listings are what it has not.

    Args:
        files: What the bucket holds.
        bucket: Its name.
        latency_ms: That each answer waits.
        folder: For its settings and its log.

    Yields:
        The URL of its root, and the number of its process.
    """
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if binary is None or not (MODULES / "ngx_http_lua_module.so").exists():
        raise SystemExit(
            "nginx and its module for Lua must be installed; apt-get install nginx-light libnginx-mod-http-lua"
        )
    (folder / "root").mkdir(parents=True)
    (folder / "root" / bucket).symlink_to(files)
    port = _free_port()
    settings = folder / "nginx.conf"
    settings.write_text(_SETTINGS.format(modules=MODULES, folder=folder, port=port, seconds=latency_ms / 1000))
    # A master that runs as root gives its workers to another user, who may not read the folder.
    command = [binary, "-c", str(settings), "-e", str(folder / "error.log"), "-g", f"user {_user()};"]
    with subprocess.Popen(command) as server:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            server.terminate()


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    stop = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if time.monotonic() > stop:
                raise
            time.sleep(0.05)
