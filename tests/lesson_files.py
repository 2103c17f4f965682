"""Where the lesson's files lie, and what its notebooks and their last run hold."""

import functools
import json
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
REFERENCE = ROOT / "fit_outputs" / "reference"

# Each notebook is tested in a sandbox of its own, see `notebook_runs`: a run starts
# from nothing but the shipped files, and touches no tracked file, no model of a
# learner, and no other notebook's results
SANDBOXES = ROOT / "build" / "test"
FOLLOWS = {"05-evaluate-predict": "04-fit-cnn"}  # it starts from what the other wrote

MODELS = ("intro", "dropout")


@functools.cache
def read_notebooks():
    """Return all notebooks by name, in order; the name is that of the file's stem."""
    return {
        path.stem: nbformat.read(path, as_version=nbformat.NO_CONVERT)
        for path in sorted(NOTEBOOKS.glob("*.ipynb"))
    }


def code_cells(notebook):
    """Return the code cells of a notebook that are not empty, in order."""
    return [
        cell
        for cell in read_notebooks()[notebook]["cells"]
        if cell["cell_type"] == "code" and cell["source"].strip()
    ]


def cell_source(notebook, cell):
    """Return the source of a cell, which `cell` names by its id."""
    return _cell(notebook, cell)["source"]


def committed_output(notebook, cell):
    """Return the committed output of a cell as text, see `as_text`."""
    return as_text(_cell(notebook, cell)["outputs"])


def run_output(notebook, cell):
    """Return the output of a cell in the last test run as text, see `as_text`."""
    return last_run(notebook)["cells"][cell]["output"]


def run_folder(notebook, name="fit_outputs"):
    """Return a folder that a notebook wrote in its last test run, see `last_run`."""
    last_run(notebook)
    return SANDBOXES / notebook / name


def last_run(notebook):
    """Return what `notebook_runs` wrote down when it last ran a notebook.

    Skips the test if that run is not of the lesson as it is now. So that nobody takes
    it for passed, `tests/results/test_runs.py` then fails once for this notebook.
    """
    if problem := run_problem(notebook):
        pytest.skip(problem)
    return _record(notebook)


def run_problem(notebook):
    """Return why a notebook's last test run does not count, None if it does."""
    if not (SANDBOXES / notebook / "run.json").exists():
        return f"{notebook} has not been tested: make check NB={notebook[:2]}"
    record = _record(notebook)
    ran = {cell: each["source"] for cell, each in record["cells"].items()}
    now = {cell["id"]: cell["source"] for cell in code_cells(notebook)}
    changed = [cell for cell in now if ran.get(cell) != now[cell]]
    changed += [cell for cell in ran if cell not in now]
    for module in sorted((NOTEBOOKS / "lesson").rglob("*.py")):
        used = SANDBOXES / notebook / module.relative_to(ROOT)
        if not used.exists() or used.read_bytes() != module.read_bytes():
            changed.append(str(module.relative_to(NOTEBOOKS)))
    if changed:
        return (
            f"{notebook} was tested before {', '.join(changed[:3])} changed, or only "
            f"in part: make check NB={notebook[:2]}"
        )
    return None


def _record(notebook):
    path = SANDBOXES / notebook / "run.json"
    return json.loads(path.read_text(encoding="utf-8"))


def as_text(outputs):
    """Return a cell's outputs as plain text: what it printed, displayed and raised."""
    parts = []
    for output in outputs:
        if output["output_type"] == "stream":
            parts.append(output["text"])
        elif output["output_type"] == "error":
            parts.append(f"{output['ename']}: {output['evalue']}\n")
        else:
            parts.append(output["data"].get("text/plain", "") + "\n")
    return "".join(parts)


def _cell(notebook, cell):
    found = [each for each in read_notebooks()[notebook]["cells"] if each["id"] == cell]
    assert found, f"{notebook} has no cell {cell}"
    return found[0]
