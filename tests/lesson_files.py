"""Where the lesson's files lie, and what its notebooks and their last run hold."""

import functools
import json
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
REFERENCE = ROOT / "fit_outputs" / "reference"

# A test run works on a copy, see `notebook_runs`: it starts from nothing but the
# shipped files, and touches neither tracked files nor what a learner has trained
SANDBOX = ROOT / "build" / "test"
RUNS = SANDBOX / "runs"  # what each notebook printed in the last test run, as JSON

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


def last_run(notebook):
    """Return what `notebook_runs` wrote down when it last ran a notebook.

    That run must have been of the notebook as it is now, from start to end.
    """
    path = RUNS / f"{notebook}.json"
    assert path.exists(), f"{notebook} has not run: run pytest without arguments"
    run = json.loads(path.read_text(encoding="utf-8"))
    ran = {cell: record["source"] for cell, record in run["cells"].items()}
    now = {cell["id"]: cell["source"] for cell in code_cells(notebook)}
    assert ran == now, (
        f"{notebook} was changed since it ran, or ran in part: run pytest"
    )
    return run


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
