"""Execute notebooks in place, and write them canonically.

    python tools/run.py [NAME ...]   all notebooks, or those named: 03, say

Each notebook runs from top to bottom in a fresh kernel of this very environment. It is
written only if all its cells succeeded, and an output that is as before, but for the
times of a training, is not touched: running it again changes only what has changed.
What the figures draw is written into `fig/NAME.txt`, and the sum of all outputs into
`fig/outputs.sha256`: who edits one by hand is found out.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import figures
import nbformat
from format import (
    NOTEBOOKS,
    ROOT,
    drop_widgets,
    find,
    notebooks,
    set_count,
    write_notebook,
    write_pages,
)
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

FIT_OUTPUTS = ROOT / "fit_outputs"
REFERENCE = FIT_OUTPUTS / "reference"  # what comes with the lesson

OUTPUTS = ROOT / "fig" / "outputs.sha256"

# How long training took, as fit() and evaluate() print it: "3s - 2ms/step"
TIMES = re.compile(r"\b\d+s - \d+(?:ms|us|s)/(?:step|epoch)")


def run_cells(notebook, folder, figures_file):
    """Run all cells in a fresh kernel, which works in a folder.

    The cells get their outputs and counts. Returns what the figures draw, as text, by
    the ids of their cells; it is gathered in a file. Raises RuntimeError, which names
    the cell if one raises an error, or the kernel dies in it.
    """
    texts = {}

    def gather(cell, **_):
        if text := figures.take(figures_file):
            texts[cell.id] = text

    client = NotebookClient(
        notebook,
        kernel_name=CURRENT_ENV_KERNEL_NAME,
        resources={"metadata": {"path": str(folder)}},
        timeout=None,
        record_timing=False,
        coalesce_streams=True,
        on_cell_executed=gather,
    )
    # As nbval does: never the kernel that a machine has under the name "python3"
    client.create_kernel_manager().kernel_spec_manager = NbvalKernelspecManager()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    # Counts of an earlier run would stay on cells that are empty now
    for cell in code:
        cell.execution_count = None
    env = {**os.environ, "LESSON_FIG": "", "LESSON_FIGURES": str(figures_file)}
    try:
        # The kernel's own chatter goes; what a cell writes is among its outputs
        client.execute(stderr=subprocess.DEVNULL, env=env)
    except (CellExecutionError, DeadKernelError) as error:
        cell = (["?"] + [each.id for each in code if each.execution_count])[-1]
        raise RuntimeError(f"{error}\ncell {cell} failed") from None
    drop_widgets(code)
    return texts


def execute(path):
    """Run a notebook and write its outputs into its file, unless a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    before = [list(cell.outputs) for cell in code]
    with tempfile.TemporaryDirectory() as scratch:
        try:
            texts = run_cells(notebook, NOTEBOOKS, Path(scratch, "figures.txt"))
        except RuntimeError as error:
            sys.exit(f"{path.name}: {error}; the file is as before")
    for cell, old in zip(code, before, strict=True):
        if _timeless(cell.outputs) == _timeless(old):
            cell.outputs = old
            set_count(cell, cell.execution_count)
    write_notebook(notebook, path)
    figures.write(path.stem, texts)
    OUTPUTS.touch()
    noted = dict(line.split()[::-1] for line in OUTPUTS.read_text("utf-8").splitlines())
    noted[path.stem] = output_sum(path)
    names = sorted(noted.keys() & {each.stem for each in notebooks()})
    lines = [f"{noted[name]}  {name}\n" for name in names]
    OUTPUTS.write_text("".join(lines), "utf-8", newline="\n")


def output_sum(path):
    """Return the SHA-256 of all that the cells of a notebook put out."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    outputs = [_uncounted(cell["outputs"]) for cell in cells if "outputs" in cell]
    return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()


def sums():
    """Return the SHA-256 of each shipped result, in the form of `sha256sum`."""
    codes = {x.name: hashlib.sha256(x.read_bytes()) for x in REFERENCE.glob("*.*")}
    return "".join(f"{codes[name].hexdigest()}  {name}\n" for name in sorted(codes))


def seal():
    """Write down what the shipped results are: who edits one by hand is found out."""
    (REFERENCE / "SHA256SUMS").write_text(sums(), "utf-8", newline="\n")


def _uncounted(outputs):
    return [{**each, "execution_count": None} for each in outputs]


def _timeless(outputs):
    """Return outputs for comparison, without counts and the times of training."""
    return TIMES.sub("", json.dumps(_uncounted(outputs)))


def run(names=()):
    """Execute notebooks, all if none is named, and say how long each took.

    The labs read the shipped series, but for those that they have trained here.
    """
    try:
        paths = [find(name) for name in names] or notebooks()
    except LookupError as error:
        sys.exit(str(error))
    for series in REFERENCE.glob("lab_*.csv"):
        if not (FIT_OUTPUTS / series.name).exists():
            shutil.copy(series, FIT_OUTPUTS)
    for path in paths:
        start = time.perf_counter()
        print(f"{path.stem:<32}", end="", flush=True)
        execute(path)
        print(f"{time.perf_counter() - start:4.0f} s", flush=True)
    write_pages()  # the run sheets tell how long the training runs took


if __name__ == "__main__":
    run(sys.argv[1:])
