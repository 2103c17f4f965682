"""A pytest plugin: runs the notebooks in a sandbox, and measures them.

nbval runs each notebook in a kernel and compares its outputs with the committed ones.
This plugin, which pyproject.toml loads, adds to it:

- a sandbox for each notebook, see `tests/lesson_files.py`: its kernel works in there;
- a record of every run: outputs, times, peak memory, for `tests/results`, and a line
  about each notebook at the end;
- with pytest-xdist, notebooks side by side, each with its share of the cores;
- `--notebook 03`: of all notebooks and their results, only those of one;
- of the series of a lab, one setting is trained; with `--whole`, all are.
"""

import json
import os
import re
import shutil
import time
from pathlib import Path
from queue import Empty
from unittest import mock

import lesson
import nbval.plugin
import psutil
import pytest
from figures import take
from format import find
from lesson_files import (
    FOLLOWS,
    SANDBOXES,
    as_text,
    expect,
    lay_out,
    run_problem,
    times,
)
from nbformat import NotebookNode
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell

LONGEST = 900  # seconds, that a notebook waits for the one before it

STARTED = time.time()
record_key = pytest.StashKey[dict]()  # of a notebook, while it runs


class SandboxKernel(RunningKernel):
    """nbval's kernel; in the place of a notebook's folder, it works in the sandbox."""

    notebook = None  # the name of the one that is about to start
    whole = False  # train whole series

    def __init__(self, kernel_name, cwd, **options):
        with mock.patch.dict(os.environ):
            if self.notebook:
                folder = lay_out(self.notebook, self.whole)
                cwd = folder / "notebooks"
                self.figures = folder / "figures.txt"
                os.environ["LESSON_FIGURES"] = str(self.figures)
            if (workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))) > 1:
                # Trainings side by side on one core each get more done than one after
                # the other on all of them
                threads = str(max(1, (os.cpu_count() or 1) // workers))
                for backend in ("TF_NUM_INTRAOP_THREADS", "NPROC", "OMP_NUM_THREADS"):
                    os.environ[backend] = threads  # of TensorFlow, JAX, PyTorch
                os.environ["TF_NUM_INTEROP_THREADS"] = "1"
            self.displayed = {}  # by the ids under which it may be updated
            super().__init__(kernel_name, cwd=str(cwd), **options)

    def get_message(self, stream, timeout):
        """Wait for a message as nbval does, but not for a kernel that has died.

        Updates of what is displayed, which nbval does not know, are put in its place.
        """
        end = time.monotonic() + timeout
        while True:
            try:
                left = max(end - time.monotonic(), 0)
                message = super().get_message(stream, timeout=min(left, 2))
                content = message["content"]
                place = content.get("transient", {}).get("display_id")
                if message["msg_type"] != "update_display_data":
                    if place:  # NotebookNode: so that nbval keeps it, not a copy
                        content["data"] = NotebookNode(content["data"])
                        self.displayed[place] = content["data"]
                    return message
                self.displayed[place].update(content["data"])
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("the kernel has died") from None
                if time.monotonic() >= end:
                    raise


def call_by_id(cls, parent, *, cell, **options):
    """Make nbval's test of a cell, called by the cell's id in place of its number."""
    options["name"] = cell["id"]
    expect(parent.path.stem, cell)
    return super(IPyNbCell, cls).from_parent(parent, cell=cell, **options)


def pytest_addoption(parser):
    words = "of the notebooks and their results, test those of this one: 03, say"
    parser.addoption("--notebook", metavar="NAME", type=_find_notebook, help=words)
    words = "train the series of the labs whole, not one setting of each"
    parser.addoption("--whole", action="store_true", help=words)


def _find_notebook(name):
    try:
        return find(Path(name).stem).stem
    except LookupError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_configure(config):
    nbval.plugin.RunningKernel = SandboxKernel
    SandboxKernel.whole = config.option.whole
    IPyNbCell.from_parent = classmethod(call_by_id)
    where = "{0.path.stem}, cell {0.name}"
    IPyNbCell.reportinfo = lambda item: (item.path, 0, where.format(item))
    # nbval looks for this file from wherever pytest was called
    sanitize = config.rootpath / config.option.nbval_sanitize_with
    config.option.nbval_sanitize_with = str(sanitize)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what `--notebook` does; sort what pytest-xdist runs side by side."""
    if notebook := config.option.notebook:
        others = [item for item in items if notebook not in _notebooks(item, notebook)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
    if hasattr(config, "workerinput"):  # of pytest-xdist
        # First the notebook that others wait for, then the longest; what is short fills
        # the gaps, and the last of a row comes at the end
        items.sort(key=_when)


def _notebooks(item, default):
    """Return the notebooks that a test is of; if it is of none, the default."""
    if isinstance(item, IPyNbCell):
        return (item.path.stem,)
    of_what = item.callspec.params if hasattr(item, "callspec") else {}
    if "ran" in of_what:
        return (of_what["ran"],)
    # A rule says so if an exercise has no check
    if check := lesson.check.EXERCISES.get(of_what.get("exercise")):
        return (check.notebook,)
    marker = item.get_closest_marker("of_notebooks")
    return marker.args if marker else (default,)


def _when(item):
    """Return a number by which tests that run side by side are sorted."""
    if not isinstance(item, IPyNbCell):
        return 1
    name = item.path.stem
    if FOLLOWS.get(name) in FOLLOWS:
        return 2
    if name in FOLLOWS.values() and name not in FOLLOWS:
        return -LONGEST
    number, unit = times(name)[2].split()  # to compute
    return -int(number) / (1 if unit.startswith("minute") else 60)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist gives work to the others
def pytest_collection_finish(session):
    """Forget the last runs of the notebooks that are about to run."""
    if not session.config.option.collectonly:
        cells = [item for item in session.items if isinstance(item, IPyNbCell)]
        for name in {item.path.stem for item in cells}:
            shutil.rmtree(SANDBOXES / name, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Tell the kernel of which notebook it is, and wait for one that comes before."""
    SandboxKernel.notebook = item.path.stem if isinstance(item, IPyNbCell) else None
    before = FOLLOWS.get(SandboxKernel.notebook)
    starts = before and item.parent.kernel is None
    if starts and before in {each.path.stem for each in item.session.items}:
        end = time.monotonic() + LONGEST
        while run_problem(before) and time.monotonic() < end:
            time.sleep(1)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Write down what a notebook's cell puts out and how long it takes."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    start = time.perf_counter()
    try:
        return (yield)
    finally:
        run = item.parent.stash.setdefault(record_key, {"cells": {}})
        run["cells"][item.cell["id"]] = {
            "source": item.cell["source"],
            "output": as_text(item.test_outputs or []),
            "figures": take(item.parent.kernel.figures),
            "seconds": time.perf_counter() - start,
        }


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """After a notebook's last cell, while its kernel still lives: measure, and save."""
    if not isinstance(item, IPyNbCell) or (nextitem and nextitem.parent is item.parent):
        return
    run = item.parent.stash.get(record_key, None)
    if run is None:  # the kernel has not even started
        return
    run["peak_memory"] = None  # where the kernel has died
    if item.parent.kernel.is_alive():
        process = psutil.Process(item.parent.kernel.km.provisioner.pid)
        run["peak_memory"] = _peak_memory(process)
        used = process.cpu_times()
        run["cpu_seconds"] = used.user + used.system
    path = SANDBOXES / item.path.stem / "run.json"
    path.write_text(json.dumps(run, indent=1), encoding="utf-8")


def _peak_memory(process):
    """Return the most memory that a process has had, in bytes; or has, if not Linux."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) * 1024
    return process.memory_info().rss


def pytest_terminal_summary(terminalreporter):
    """Say of each notebook that has run how long it took, and its peak memory."""
    paths = sorted(SANDBOXES.glob("*/run.json"))
    if paths := [path for path in paths if path.stat().st_mtime > STARTED]:
        terminalreporter.section("notebooks")
    for path in paths:
        run = json.loads(path.read_text(encoding="utf-8"))
        seconds = sum(cell["seconds"] for cell in run["cells"].values())
        words = (
            f"{seconds:4.0f} s, peak memory {(run['peak_memory'] or 0) / 1e9:.2f} GB"
        )
        terminalreporter.line(f"{path.parent.name:<32} {words}")
