"""Runs a program that downloads, watches it, and clears up after it: for `lesson.data`.

A process of its own can be ended when it stalls, and prints nothing in a notebook.
"""

import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from subprocess import DEVNULL, STDOUT

import psutil

# A download may take as long as it likes while data keep coming, and this long without
STALL_SECONDS = 60
# Nothing can still be writing to a file left alone for this long
LEFTOVER_SECONDS = 15 * 60
DOWNLOAD_PREFIX = "cifar10-lesson-download-"
# Copies a file from its address, without a proxy: those lead out of the room
FETCH = """
import shutil, sys, urllib.request as request
source = request.build_opener(request.ProxyHandler({})).open(sys.argv[1], timeout=30)
shutil.copyfileobj(source, open(sys.argv[2], "wb"))
"""


def download(command, megabytes, read):
    """Run a program that downloads into its current folder; return what it brought.

    The folder is a temporary one; `read` takes its path, and returns what is in it.
    Every ten seconds a line says how many of the megabytes are there. The program's
    own output is kept from the user.

    Raises TimeoutError if nothing in the folder grows for `STALL_SECONDS`, and
    RuntimeError with what the program said if it fails.
    """
    with (
        tempfile.TemporaryDirectory(
            prefix=DOWNLOAD_PREFIX, ignore_cleanup_errors=True
        ) as folder,
        tempfile.TemporaryFile() as log,
    ):
        streams = {"stdin": DEVNULL, "stdout": log, "stderr": STDOUT}
        process = psutil.Popen(command, cwd=folder, **streams)
        try:
            _watch(process, folder, megabytes)
        finally:  # also after Ctrl-C
            _stop(process)
        if process.returncode:
            log.seek(0)
            raise RuntimeError(_complaint(log.read().decode(errors="replace")))
        return read(Path(folder))


def fetch(mirror, read):
    """Download the lesson's file of CIFAR-10 from a computer in the same room.

    `mirror` is its address, such as "192.168.1.5:8000"; `read` takes the path of the
    file, and what it returns is returned. Raises what `download` raises.
    """
    address = mirror if "://" in mirror else f"http://{mirror}"
    name = "cifar10-lesson.npz"
    url = f"{address.rstrip('/')}/{name}"
    print(f"CIFAR-10: downloading 184 MB, {url}", flush=True)
    try:
        command = [sys.executable, "-c", FETCH, url, name]
        return download(command, 184, lambda folder: read(folder / name))
    except Exception as error:
        print(f"CIFAR-10: that did not work ({error})", flush=True)
        raise


def remove_leftovers(folder):
    """Remove what killed processes left in a folder, and of downloads, if it is old."""
    downloads = Path(tempfile.gettempdir()).glob(DOWNLOAD_PREFIX + "*")
    with contextlib.suppress(OSError):  # what cannot be removed does no harm
        for path in [*folder.glob("cifar10-lesson-*.part"), *downloads]:
            times = [status.st_mtime for status in _statuses(path)]
            if times and max(times) < time.time() - LEFTOVER_SECONDS:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


def _watch(process, folder, megabytes):
    """Wait until a process ends, or raise TimeoutError, see `download`."""
    start = told = moved = time.monotonic()
    size = 0
    while process.poll() is None:
        now = time.monotonic()
        size_now = sum(status.st_size for status in _statuses(folder))
        if size_now != size:
            size, moved = size_now, now
        elif now - moved > STALL_SECONDS:
            raise TimeoutError(f"no data came for {STALL_SECONDS} seconds")
        if now - told >= 10:
            done = min(round(size / 1e6), megabytes)
            print(f"{done} of {megabytes} MB, {now - start:.0f} s", flush=True)
            told = now
        time.sleep(0.2)


def _stop(process):
    """End a process that may still run, and what it has started: npm is a script."""
    children = []
    with contextlib.suppress(psutil.Error):  # it may end by itself in this moment
        children = process.children(recursive=True)
    for each in [process, *children]:
        with contextlib.suppress(psutil.Error):
            each.kill()
    process.wait()
    psutil.wait_procs(children, timeout=5)  # on Windows, they still hold the folder


def _complaint(output):
    """Return the line of a failed program's output that says why, as well as it can."""
    # npm begins with the reason and ends with advice; Python ends with the reason
    npm = re.findall(r"(?m)^npm (?:error|ERR!) (?!errno |syscall )(.*\S)", output)
    reasons = [line for line in npm if "reason:" in line]
    last = output.strip().rpartition("\n")[2]
    return "; ".join(reasons[:1] or npm[:2]) or last or "it failed without a word"


def _statuses(path):
    """Return the stat results of a path and of all files below it."""
    statuses = []
    names = [os.path.join(x, name) for x, _, names in os.walk(path) for name in names]
    for each in [path, *names]:
        with contextlib.suppress(OSError):  # gone in this moment
            statuses.append(os.stat(each))
    return statuses
