"""Runs a program that downloads, watches it, and clears up after it: for `lesson.data`.

A process of its own can be ended when it stalls, and prints nothing in a notebook.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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

    Prints a line every ten seconds. The program's own output is kept from the user.

    Parameters
    ----------
    command : list of str
        The program and its arguments. It runs in an empty temporary folder.
    megabytes : int
        The size of the download.
    read : function
        Takes that folder, a `pathlib.Path`, and returns the arrays by name.

    Raises
    ------
    TimeoutError
        If nothing in the folder grows for `STALL_SECONDS`.
    RuntimeError
        If the program fails, with what it said.
    """
    with tempfile.TemporaryDirectory(
        prefix=DOWNLOAD_PREFIX, ignore_cleanup_errors=True
    ) as folder:
        _watch(command, folder, megabytes)
        return read(Path(folder))


def fetch(mirror, read):
    """Download the lesson's file of CIFAR-10 from a computer in the same room.

    Parameters
    ----------
    mirror : str
        The address of that computer: "http://192.168.1.5:8000".
    read : function
        Takes the path of the file, and returns the arrays by name.

    Raises
    ------
    TimeoutError, RuntimeError
        As `download` does.
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


def remove_leftovers(paths):
    """Remove what killed processes left: old ones of `paths`, and of the downloads.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Files that belong to a running process, or to one that was killed.
    """
    with contextlib.suppress(OSError):  # what cannot be removed does no harm
        for path in [
            *paths,
            *Path(tempfile.gettempdir()).glob(DOWNLOAD_PREFIX + "*"),
        ]:
            times = [status.st_mtime for status in _statuses(path)]
            if times and max(times) < time.time() - LEFTOVER_SECONDS:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


def _watch(command, folder, megabytes):
    """Run a program in `folder` until it ends or stalls, see `download`."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
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
        finally:  # also after Ctrl-C
            _stop(process)
        if process.returncode:
            log.seek(0)
            raise RuntimeError(_complaint(log.read().decode(errors="replace")))


def _stop(process):
    """End a process that may still run."""
    if process.poll() is None:
        if os.name == "nt":  # npm is a batch file there: end what it has started, too
            kill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(kill, capture_output=True, check=False)
        process.kill()
    process.wait()


def _complaint(output):
    """Return the line of a failed program's output that says why, as well as it can."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said_by_npm = ("npm error ", "npm ERR! ")
    npm = [line.split(" ", 2)[2] for line in lines if line.startswith(said_by_npm)]
    for line in npm:
        if "reason:" in line:
            return line
    # npm begins with the reason and ends with advice; Python ends with the reason
    npm = [line for line in npm if not line.startswith(("errno ", "syscall "))]
    return "; ".join(npm[:2]) or "".join(lines[-1:]) or "it failed without a word"


def _statuses(path):
    """Return the stat results of a path and of all files below it."""
    statuses = []
    names = [
        os.path.join(where, name) for where, _, names in os.walk(path) for name in names
    ]
    for each in [path, *names]:
        with contextlib.suppress(OSError):  # gone in this moment
            statuses.append(os.stat(each))
    return statuses
