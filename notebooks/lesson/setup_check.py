"""Says whether this machine is ready for the lesson, and if not, what to do.

    python -m lesson.setup_check      (in the folder notebooks, or: make check-setup)

The last line is of a short training. The exit status is 1 if something is wrong.
"""

import math
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import psutil

import lesson

__all__ = ["run"]
__dir__ = __all__.copy  # for tab completion

LOCK = Path(__file__).resolve().parents[2] / "requirements.txt"
PACKAGES = ("tensorflow", "keras", "numpy", "pandas", "seaborn", "jupyterlab")
CGROUP, LIMIT_AND_USE = Path("/sys/fs/cgroup"), ("max", "current")
MEMORY, DISK = 1.7, 0.5  # GB: what a notebook needs; what data and results need
AGAIN = "Install the packages again, as the README says"

# Each check returns whether all is well, what there is, and what to do if it is not


def packages():
    """Look for the versions that the lesson pins."""
    lock = LOCK.read_text("utf-8")
    there = {str(each.name).lower(): each.version for each in metadata.distributions()}
    odd = ""
    for name in PACKAGES:
        pinned = re.findall(rf"(?m)^{name}==([\w.]+)", lock)
        if there.get(name) not in pinned:
            odd += f", {name} {there.get(name)} instead of {' or '.join(pinned)}"
    what = f"Python {platform.python_version()}, Keras {there.get('keras')}{odd}"
    return not odd, what, AGAIN


def memory():
    """Look for free memory, and in a container at what its limit leaves of it."""
    free = min(psutil.virtual_memory().available, _left_in_container()) / 1e9
    what = f"{free:.1f} GB are free, and a notebook needs up to {MEMORY}"
    return free >= MEMORY, what, "Close other programs, and shut down other notebooks"


def _left_in_container():
    """Return the bytes that this container may still take: on Binder, it has 2 GB.

    See https://docs.kernel.org/admin-guide/cgroup-v2.html: of what is in use, the files
    that nobody reads any more make room.
    """
    try:
        limit, used = (int((CGROUP / f"memory.{x}").read_text()) for x in LIMIT_AND_USE)
        files = re.search(r"inactive_file (\d+)", (CGROUP / "memory.stat").read_text())
    except (OSError, ValueError):  # no container, or one without a limit: "max"
        return math.inf
    return limit - used + int(files[1])


def disk():
    """Write a file where results go, and look for free space there."""
    tempfile.TemporaryFile(dir=lesson.results.FIT_OUTPUTS).close()
    free = shutil.disk_usage(lesson.results.FIT_OUTPUTS).free / 1e9
    what = f"{free:.1f} GB are free, and the lesson needs {DISK}"
    return free >= DISK, what, "Make room"


def data():
    """Look for CIFAR-10 on this machine, and at every image."""
    if _images():
        return True, "CIFAR-10 is here, and every image is right", ""
    named = os.environ.get("CIFAR10_FILE")
    what = f"not in {named}, which CIFAR10_FILE names" if named else "not here yet"
    remedy = "Run `python -m lesson.data` here: it fetches the data, or says why not"
    return False, what, remedy


def training():
    """Train the introductory network for a few steps, as notebook 4 does."""
    import keras
    import numpy as np

    images, kind = _images(), "real"
    if not images:
        images, kind = np.random.randint(0, 256, (6400, 32, 32, 3)), "random"
        images = images, images[:, 0, 0, :1] % 10
    model = lesson.models.build_intro()
    loss = keras.losses.SparseCategoricalCrossentropy()
    model.compile("adam", loss, steps_per_execution=50)
    for steps in (50, 200):  # the first time takes longer
        start = time.perf_counter()
        loss = model.fit(*(each[: 32 * steps] for each in images), verbose=0)
    seconds, loss = time.perf_counter() - start, loss.history["loss"][0]
    what = f"{steps} steps on {kind} images in {seconds:.1f} s, with a loss of "
    what += f"{loss:.1f}; an epoch of notebook 4 takes about "
    what += f"{1250 / steps * seconds:.0f} s"
    return loss < math.log(10) if kind == "real" else loss < 100, what, AGAIN


def _images():
    """Return the training images and their class numbers, or None if not here."""
    try:
        return lesson.data.load_cifar10(download=False)[0]
    except lesson.data.DataError:
        return None


def run(train=True):
    """Check this machine, and print a line for each thing, with what to do if wrong.

    Return whether all is ready. With `train=False`, it takes a second or two, not ten.

    Examples
    --------
    >>> ready = run(train=False)
    ok  packages: Python 3...
    """
    wrong = 0
    for check in (packages, memory, disk, data, training)[: None if train else -1]:
        try:
            ready, what, remedy = check()
        except Exception as error:  # of a broken installation, whatever it may be
            ready, what = False, f"{type(error).__name__}: {error}"
            remedy = 'Look for it in the README, under "When something fails"'
        wrong += not ready
        line = f"{'ok' if ready else '!!'}  {check.__name__}: {what}"
        print(line if ready else f"{line}. {remedy}.", flush=True)
    print(f"{wrong} of these have to be put right." if wrong else "All is ready.")
    return not wrong


if __name__ == "__main__":
    sys.exit(not run())
