"""A pytest plugin: runs the notebooks in a sandbox, and measures them.

nbval runs each notebook in a kernel and compares its outputs with the committed ones.
This plugin, which pyproject.toml loads, adds to it:

- a sandbox, made anew whenever notebooks run: their kernels work in
  `build/test/notebooks`, so that a test run can neither overwrite tracked files nor
  pass on a model that an earlier run has left;
- a record of every run: outputs, times, peak memory, for `tests/results`;
- a line about each notebook at the end;
- the order: rules, unit tests, notebooks, results, however pytest is called.
"""

import inspect
import json
import os
import shutil
import time
from pathlib import Path
from queue import Empty
from unittest import mock

import nbval.plugin
import pytest
from lesson_files import NOTEBOOKS, REFERENCE, ROOT, RUNS, SANDBOX, as_text
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell

# Binder gives 2 GB to the server and the kernel together
MEMORY_TARGET = 1.5e9  # bytes
MEMORY_LIMIT = 1.7e9

FITS = ("fit-intro", "fit-dropout")  # cells of notebook 04

runs_key = pytest.StashKey[dict]()


class SandboxKernel(RunningKernel):
    """nbval's kernel; in the place of a notebook's folder, it works in the sandbox."""

    def __init__(self, kernel_name, cwd, **options):
        folder = Path(cwd).resolve()
        if folder.is_relative_to(NOTEBOOKS):
            folder = SANDBOX / folder.relative_to(ROOT)
        with mock.patch.dict(os.environ):
            os.environ.pop("NO_COLOR", None)  # a summary's HTML would differ
            super().__init__(kernel_name, cwd=str(folder), **options)

    def get_message(self, stream, timeout):
        """Wait for a message as nbval does, but not for a kernel that has died."""
        end = time.monotonic() + timeout
        while True:
            try:
                left = max(end - time.monotonic(), 0)
                return super().get_message(stream, timeout=min(left, 2))
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("the kernel has died") from None
                if time.monotonic() >= end:
                    raise


def pytest_configure(config):
    nbval.plugin.RunningKernel = SandboxKernel
    # nbval looks for this file from wherever pytest was called
    sanitize = config.rootpath / config.option.nbval_sanitize_with
    config.option.nbval_sanitize_with = str(sanitize)
    config.stash[runs_key] = {}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Sort the tests into the order of `testpaths`; their order within each stays."""
    folders = [config.rootpath / path for path in config.getini("testpaths")]

    def place(item):
        inside = [item.path.is_relative_to(folder) for folder in folders]
        return [*inside, True].index(True)  # what lies elsewhere comes last

    items.sort(key=place)


def pytest_collection_finish(session):
    if session.config.option.collectonly:
        return
    if any(isinstance(item, IPyNbCell) for item in session.items):
        make_sandbox()


def make_sandbox():
    """Copy what notebooks need into an empty sandbox: no notebook, no result."""
    if SANDBOX.exists():
        shutil.rmtree(SANDBOX)
    RUNS.mkdir(parents=True)
    shutil.copytree(
        NOTEBOOKS / "lesson",
        SANDBOX / "notebooks" / "lesson",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copytree(REFERENCE, SANDBOX / REFERENCE.relative_to(ROOT))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Write down what a notebook's cell puts out and how long it takes."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    start = time.perf_counter()
    try:
        return (yield)
    finally:
        run = item.config.stash[runs_key].setdefault(item.path.stem, {"cells": {}})
        run["cells"][item.cell["id"]] = {
            "source": item.cell["source"],
            "output": as_text(item.test_outputs or []),
            "seconds": time.perf_counter() - start,
        }


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """After a notebook's last cell, while its kernel still lives: measure, and save."""
    if not isinstance(item, IPyNbCell) or (nextitem and nextitem.parent is item.parent):
        return
    run = item.config.stash[runs_key].get(item.path.stem)
    if run is None:  # the kernel has not even started
        return
    run["peak_memory"] = measure_peak_memory(item.parent.kernel)
    path = RUNS / f"{item.path.stem}.json"
    path.write_text(json.dumps(run, indent=1), encoding="utf-8")


def measure_peak_memory(kernel):
    """Ask a kernel for the most memory that it has had so far, in bytes.

    Returns None if the kernel has died or does not answer.
    """
    if not kernel.is_alive():
        return None
    request = kernel.kc.execute(
        inspect.getsource(_peak_memory),
        silent=True,
        user_expressions={"peak": "_peak_memory()"},
    )
    try:
        while True:
            reply = kernel.get_message("shell", timeout=30)
            if reply["parent_header"].get("msg_id") == request:
                break
    except Empty:
        return None
    return int(reply["content"]["user_expressions"]["peak"]["data"]["text/plain"])


def _peak_memory():
    """Return the peak resident memory of this process in bytes. Runs in a kernel."""
    import sys

    if sys.platform == "linux":
        # Not getrusage, which also counts the process that started this one
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def pytest_terminal_summary(terminalreporter, config):
    runs = config.stash[runs_key]
    if not runs:
        return
    terminalreporter.section("notebooks")
    for name, run in runs.items():
        terminalreporter.line(f"{name:<22} {_describe(run)}")


def _describe(run):
    """Return in one line what a run took: time, peak memory, the part of the fits."""
    seconds = {cell: run["cells"][cell]["seconds"] for cell in run["cells"]}
    words = f"{sum(seconds.values()):4.0f} s"
    peak = run.get("peak_memory")
    if peak is None:
        words += ", peak memory not measured"
    else:
        words += f", peak memory {peak / 1e9:.2f} GB"
        if peak > MEMORY_LIMIT:
            words += f" (over the limit of {MEMORY_LIMIT / 1e9} GB)"
        elif peak > MEMORY_TARGET:
            words += f" (warning: over {MEMORY_TARGET / 1e9} GB)"
    if all(cell in seconds for cell in FITS):
        fits = sum(seconds[cell] for cell in FITS)
        words += (
            f", {sum(seconds.values()) / fits:.2f} times its two fits ({fits:.0f} s)"
        )
    return words
