"""`make room`, on loopback: it serves a whole class at once, and only what it names."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import room
from lesson import data, download


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A room with a zip, a wheel, and a symbolic link that looks like a wheel."""
    for name in ("handouts/cnn-lesson.zip", "build/wheels/one.whl", "secret"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode() * 100_000)
    (tmp_path / "build/wheels/link.whl").symlink_to(tmp_path / "secret")
    with room.Room(("127.0.0.1", 0), room.Handler) as server:
        server.files = room.named_files(tmp_path)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def get(server, path):
    """Return status and body of what a path brings that no client has tidied up."""
    with socket.create_connection(server.server_address, 60) as client:
        client.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def test_thirty_computers_at_once(server, tmp_path):
    wanted = 200, (tmp_path / "handouts/cnn-lesson.zip").read_bytes()
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(get, [server] * 30, ["/cnn-lesson.zip"] * 30))
    assert answers == [wanted] * 30
    assert b'<a href="/wheels/one.whl">' in get(server, "/wheels/")[1]
    assert b"secret" not in get(server, "/")[1]


def test_nothing_else_is_served(server, tmp_path):
    starts = ["", "/", "/wheels/", "/wheels/../", "//", "/%2f", "http://host/"]
    paths = ["secret", "../secret", "../../secret", "%2e%2e/%2e%2e/secret", "handouts/"]
    paths += [f"{tmp_path}/secret", "..\\..\\secret", "link.whl", "wheels", "secret\0"]
    for path in [start + path for start in starts for path in paths]:
        status, body = get(server, path)
        assert status in (400, 404) and b"secretsecret" not in body, path


def test_data_come_from_the_room(server, tmp_path, monkeypatch, capfd):
    true = data.load_cifar10()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("LESSON_MIRROR", "127.0.0.1:{1}".format(*server.server_address))
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    for _ in range(2):
        assert np.array_equal(data.load_cifar10()[1][0], true[1][0])
    said = capfd.readouterr().out
    assert "downloading 184 MB, http://127.0.0.1:" in said
    assert said.count("downloading") == 1, "once, and from nowhere else before"
    with pytest.raises(RuntimeError, match="refused"):
        download.fetch("http://127.0.0.1:9", None)
    assert "that did not work" in capfd.readouterr().out
