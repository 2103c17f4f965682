"""Serve the data, the handouts and packages to the computers of a room, until Ctrl+C.

Learners let `LESSON_MIRROR` name this computer. Nothing but these files is served.
"""

import contextlib
import io
import os
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil
from format import ROOT

sys.path.append(str(ROOT / "notebooks"))
from lesson.data import cache_file  # noqa: E402


def named_files(root=ROOT):
    """Return the files that are served, by their paths in the address."""
    data = Path(os.environ.get("CIFAR10_FILE") or cache_file()).expanduser().resolve()
    wheels = sorted((root / "build" / "wheels").glob("*.whl"))
    paths = {f"/{cache_file().name}": data}
    paths["/cnn-lesson.zip"] = root / "handouts" / "cnn-lesson.zip"
    return paths | {f"/wheels/{path.name}": path for path in wheels}


class Handler(SimpleHTTPRequestHandler):
    """Answers one request: its name has to be one of those that are served."""

    timeout = 60  # seconds, for a computer that has gone away

    def send_head(self):
        """Send the head of an answer; return what comes after it as an open file."""
        name, files = unquote(urlsplit(self.path).path), self.server.files
        if name in ("/", "/wheels/"):  # the second one is for pip
            links = [each for each in files if each.startswith(name)]
            page = "".join(f'<a href="{each}">{each[1:]}</a><br>' for each in links)
            kind, body = "text/html; charset=utf-8", io.BytesIO(page.encode())
        elif name in files and files[name].is_file() and not files[name].is_symlink():
            kind, body = "application/octet-stream", files[name].open("rb")
        else:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(body.seek(0, os.SEEK_END)))
        self.end_headers()
        body.seek(0)
        return body

    def copyfile(self, source, outputfile):
        """Send a file; if the other side hangs up, that is its own affair."""
        with contextlib.suppress(ConnectionError):
            super().copyfile(source, outputfile)


class Room(ThreadingHTTPServer):
    """Serves `files` to many computers at once."""

    request_queue_size = 128  # a whole class may ask in the same second
    files = {}


def main(port):
    """Say what is served, and where, and serve it."""
    try:
        room = Room(("", port), Handler)
    except OSError as error:
        sys.exit(f"Port {port} cannot be used ({error.strerror}): make room PORT=8001")
    room.files = named_files()
    others = [name for name in room.files if not name.startswith("/wheels/")]
    print(*others, f"and {len(room.files) - len(others)} packages are served")
    for each in sum(psutil.net_if_addrs().values(), []):
        if each.address.count(".") == 3 and not each.address.startswith("127."):
            print(f"Write on the board:  LESSON_MIRROR=http://{each.address}:{port}")
    with contextlib.suppress(KeyboardInterrupt):
        room.serve_forever()


if __name__ == "__main__":
    main(int(*sys.argv[1:] or [8000]))
