"""The net holds: the suite, as `make test` runs it, notices planted faults.

`tests/canary/canary.ipynb` is a notebook full of faults. Whoever loosens nbval, its
sanitizer or the plugin, or tests a part only, is told here.
"""

import re
import shlex

import figures
import nbformat
import pytest
from lesson_files import (
    ROOT,
    code_cells,
    dry_run,
    prose,
    read_notebooks,
    run_python,
)

CANARY = ROOT / "tests" / "canary" / "canary.ipynb"


def _commands():
    """Return the arguments of each call of pytest that `make test` makes."""
    calls = re.findall(r"-m pytest ([^;&\n]+)", dry_run("test"))
    return [shlex.split(call) for call in calls]


@pytest.mark.of_notebooks()  # of none: with --notebook, it is left out
def test_canary_is_caught():
    """Each planted fault fails, with its cell named, and each sound cell passes."""
    (options,) = [call for call in _commands() if "notebooks" in call]
    side_by_side = r"--(numprocesses|maxprocesses|dist)|--no-loadscope-reorder"
    options = re.sub(rf"({side_by_side})( \w+)?", "", " ".join(options)).split()
    options = [each for each in options if each not in ("notebooks", "tests/unit")]
    run = run_python("-m", "pytest", "-v", *options, CANARY, cwd=ROOT)
    found = dict(re.findall(r"canary\.ipynb::([\w-]+) (\w+)", run.stdout))
    cells = [cell["id"] for cell in nbformat.read(CANARY, as_version=4).cells[1:]]
    wanted = {c: "FAILED" if c.startswith("planted") else "PASSED" for c in cells}
    assert found == wanted, run.stdout[-3000:] + run.stderr[-1000:]


def test_all_parts_are_tested():
    words = {word for call in _commands() for word in call}
    tested = {word for word in words if "/" in word or word == "notebooks"}
    assert tested == {"tests/rules", "tests/unit", "notebooks", "tests/results"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for folder in {path.parent.name for path in ROOT.glob("tests/*/test_*.py")}:
        assert re.search(rf"\t.* -m pytest .*tests/{folder}\b", makefile), folder


def test_no_less_is_held_than_before():
    """Cells that nbval compares, figures and claims: fewer only if that is meant."""
    cells = [cell for name in read_notebooks() for cell in code_cells(name)]
    text = "\n".join(map(prose, read_notebooks()))
    held = {
        "compared cells": sum("varies" not in cell["metadata"] for cell in cells),
        "figures": sum(len(figures.read(name)) for name in read_notebooks()),
        "claims": len(re.findall(r"<!-- (?:is|since) ", text)),
    }
    least = {"compared cells": 244, "figures": 60, "claims": 841}
    assert {what: max(held[what], least[what]) for what in held} == held, (
        "less is held than before; if that is meant, change the numbers here"
    )
