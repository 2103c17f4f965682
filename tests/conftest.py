"""How the suite runs the notebooks: in a sandbox, in order, watched.

nbval starts a kernel for each notebook in the notebook's own folder. Here the kernels
start in a copy, `build/test/notebooks/`, so that what the notebooks write (figures,
models, histories) overwrites no tracked file and nothing that a learner has trained.
The sandbox is new for each run: no stale model can make a test pass.
"""

import json
import shutil

import nbval.plugin
import psutil
import pytest
from lesson_files import REFERENCE, ROOT, SANDBOX, output_text

ORDER = ("static", "unit", "notebooks", "results")
REPORTS = {}  # of the notebooks that ran in this session, by name


class SandboxKernel(nbval.plugin.RunningKernel):
    """A kernel whose working folder is the sandbox's copy of `notebooks/`."""

    def __init__(self, kernel_name, cwd=None, startup_timeout=60):
        super().__init__(kernel_name, str(SANDBOX / "notebooks"), startup_timeout)


nbval.plugin.RunningKernel = SandboxKernel


def _stage(item):
    """Return the place of a test's folder in ORDER."""
    parts = item.path.relative_to(ROOT).parts
    return ORDER.index(parts[0] if parts[0] == "notebooks" else parts[1])


def pytest_collection_modifyitems(items):
    """Keep the order of the stages, however the paths were given."""
    items.sort(key=_stage)


def pytest_collection_finish(session):
    """Make the sandbox anew if notebooks are going to run."""
    if not any(isinstance(item, nbval.plugin.IPyNbCell) for item in session.items):
        return
    shutil.rmtree(SANDBOX, ignore_errors=True)
    shutil.copytree(
        ROOT / "notebooks" / "lesson",
        SANDBOX / "notebooks" / "lesson",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copytree(REFERENCE, SANDBOX / "fit_outputs" / "reference")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Note what a notebook's cell put out, how long it took, and the peak memory."""
    if isinstance(item, nbval.plugin.IPyNbCell) and call.when == "call":
        name = item.path.stem
        report = REPORTS.setdefault(name, {"outputs": {}, "seconds": 0.0})
        report["outputs"][item.cell["id"]] = output_text(item.test_outputs or [])
        report["seconds"] += call.duration
        peak = max(report.get("peak_bytes", 0), _peak_memory(item.parent.kernel))
        report["peak_bytes"] = peak
        (SANDBOX / f"{name}.json").write_text(json.dumps(report), encoding="utf-8")
    return (yield)


def _peak_memory(kernel):
    """Return the peak resident memory of a kernel's process in bytes."""
    try:
        process = psutil.Process(kernel.km.provisioner.pid)
        if psutil.LINUX:
            for line in open(f"/proc/{process.pid}/status", encoding="ascii"):
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        memory = process.memory_info()
        # macOS keeps no peak: there, the largest of the values after each cell
        return getattr(memory, "peak_wset", memory.rss)
    except psutil.NoSuchProcess:  # the kernel died; the cell's test says so
        return 0


@pytest.fixture(scope="session")
def this_run():
    """Demand that the notebooks ran in this session, before their results are read."""
    if not REPORTS:
        pytest.fail(
            "These tests look at what the notebooks wrote in the same run: "
            "run pytest without naming a file."
        )
    return REPORTS


def pytest_terminal_summary(terminalreporter):
    """Print each notebook's time and the peak memory of its kernel."""
    if REPORTS:
        terminalreporter.section("notebooks")
    for name, report in REPORTS.items():
        megabytes = report["peak_bytes"] / 1e6
        terminalreporter.line(
            f"{name:24} {report['seconds']:6.1f} s   kernel's peak {megabytes:5.0f} MB"
        )
