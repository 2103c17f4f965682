"""Execute notebooks in place, and write them canonically.

    python tools/run.py [NAME ...]   all notebooks, or those named: 03, say

Each notebook runs from top to bottom in a fresh kernel of this very environment. It is
written only if all its cells succeeded, and an output that is as before, but for the
times of a training, is not touched: running it again changes only what has changed.
"""

import os
import re
import subprocess
import sys
import time

import nbformat
from format import NOTEBOOKS, is_widget, write_notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

# How long training took, as fit() and evaluate() print it: "3s - 2ms/step"
TIMES = re.compile(r"\b\d+s - \d+(?:ms|us|s)/(?:step|epoch)")


def find(names):
    """Return the paths of the notebooks that are named, or of all, in order.

    Raises
    ------
    SystemExit
        If a name, such as 03, 3 or 03-build-cnn, is that of no notebook.
    """
    paths = {path.stem: path for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
    short = {stem.split("-")[0].lstrip("0"): stem for stem in paths}
    wanted = [short.get(name.lstrip("0"), name) for name in names]
    if unknown := [name for name in wanted if name not in paths]:
        sys.exit(f"There is no notebook {unknown[0]}; there are: {', '.join(paths)}")
    return [paths[stem] for stem in wanted or paths]


def execute(path):
    """Run a notebook in a fresh kernel and write its outputs into its file.

    Raises
    ------
    SystemExit
        If a cell fails: the file is as before, and the message names the cell.
    """
    notebook = nbformat.read(path, as_version=4)
    before = [list(cell.get("outputs", [])) for cell in notebook.cells]
    client = NotebookClient(
        notebook,
        kernel_name=CURRENT_ENV_KERNEL_NAME,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        timeout=None,
        record_timing=False,
        coalesce_streams=True,
    )
    # As nbval does: never the kernel that a machine has under the name "python3"
    client.create_kernel_manager().kernel_spec_manager = NbvalKernelspecManager()
    # Counts of an earlier run would stay on cells that are empty now
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
    try:
        client.execute(
            # The kernel's own chatter; what a cell writes there is among its outputs
            stderr=subprocess.DEVNULL,
            # The summary of a model has colours, whatever a machine prefers
            env={key: os.environ[key] for key in os.environ if key != "NO_COLOR"},
        )
    except (CellExecutionError, DeadKernelError) as error:
        ran = [c.id for c in notebook.cells if c.get("execution_count") is not None]
        cell = ran[-1] if ran else "?"
        sys.exit(f"{error}\n{path.name}: cell {cell} failed; the file is as before")
    for cell, old in zip(notebook.cells, before, strict=True):
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if not is_widget(each)]
        if cell.cell_type == "code" and _timeless(cell.outputs) == _timeless(old):
            cell.outputs = old
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = cell.execution_count
    write_notebook(notebook, path)


def _timeless(outputs):
    """Return outputs for comparison, without counts and the times of training."""
    return [
        {
            key: TIMES.sub("", value) if key == "text" else value
            for key, value in output.items()
            if key != "execution_count"
        }
        for output in outputs
    ]


def run(names=()):
    """Execute notebooks, all if none is named, and say how long each took."""
    for path in find(names):
        start = time.perf_counter()
        print(f"{path.stem:<32}", end="", flush=True)
        execute(path)
        print(f"{time.perf_counter() - start:4.0f} s", flush=True)


if __name__ == "__main__":
    run(sys.argv[1:])
