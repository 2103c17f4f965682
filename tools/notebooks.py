"""Execute the lesson's notebooks in place, and write them canonically.

    python tools/notebooks.py run [NAME ...]   all notebooks, or those named
    python tools/notebooks.py reference        all, then ship their results

Each notebook runs from top to bottom in a fresh kernel of this very environment. It is
written only if all its cells succeeded, and in one canonical form, so that running it
again changes only what has really changed. `reference` also copies the run's models
and histories to `fit_outputs/reference`; the suite holds committed fit logs to them.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
FIT_OUTPUTS = ROOT / "fit_outputs"
SHIPPED = [
    f"{stem}_{model}.{suffix}"
    for model in ("intro", "dropout")
    for stem, suffix in (("model", "keras"), ("history", "csv"))
]
SERIES = "[0-9][0-9]_*.csv"  # of the labs: whatever their run has left

# The same for every notebook, whoever saved it with whatever
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
# Of a cell's metadata, what the author means; the rest is an editor's
CELL_METADATA = {"tags", "jp-MarkdownHeadingCollapsed"}

# How long training took, as fit() and evaluate() print it: "3s - 2ms/step"
TIMES = re.compile(r"\b\d+s - \d+(?:ms|us|s)/(?:step|epoch)")


def canonical_text(notebook):
    """Return the text of a notebook's file in the one form that the lesson uses."""
    notebook = nbformat.from_dict(notebook)  # a copy
    notebook.metadata = METADATA
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata = {
            key: value for key, value in cell.metadata.items() if key in CELL_METADATA
        }
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def write_notebook(notebook, path):
    """Write a notebook canonically; the old file stays until the new one is whole."""
    part = path.with_suffix(".ipynb.part")
    part.write_text(canonical_text(notebook), encoding="utf-8", newline="\n")
    os.replace(part, path)


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
            cell.outputs = [each for each in cell.outputs if not _is_widget(each)]
        if cell.cell_type == "code" and _timeless(cell.outputs) == _timeless(old):
            cell.outputs = old
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = cell.execution_count
    write_notebook(notebook, path)


def _is_widget(output):
    """Say if an output is the view of a widget, which is dead without its kernel."""
    return any("widget-view" in kind for kind in output.get("data", {}))


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


def shipped():
    """Return the paths of a run's results that come with the lesson."""
    named = [FIT_OUTPUTS / name for name in SHIPPED]
    return named + sorted(FIT_OUTPUTS.glob(SERIES))


def ship(new, old):
    """Copy a result over that of an earlier run, unless it is the same result."""
    if old.exists() and _contents(old) == _contents(new):
        print(f"{old.name} is as before")
    else:
        shutil.copyfile(new, old)
        print(f"{old.name} is new")


def _contents(path):
    """Return a result for comparison, a model without its date and its objects' ids."""
    if path.suffix != ".keras":
        return path.read_bytes()
    with zipfile.ZipFile(path) as model:
        config = model.read("config.json").decode()
        config = re.sub(r'"shared_object_id": \d+', "", config)
        return config, model.read("model.weights.h5")


def main():
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("run", "reference"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 04-fit-cnn")
    options = parser.parse_args()
    if options.command == "reference" and options.names:
        parser.error("the reference is made by all notebooks: name none")

    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    if options.names:
        wanted = {Path(name).stem for name in options.names}
        if unknown := wanted - {path.stem for path in paths}:
            parser.error(f"no such notebook: {', '.join(sorted(unknown))}")
        paths = [path for path in paths if path.stem in wanted]
    if options.command == "reference":
        if (FIT_OUTPUTS / "history_capstone.csv").exists():
            parser.error(
                "notebook 08 would show the network that you have trained: move "
                "history_capstone.csv and model_capstone.keras out of fit_outputs"
            )
        for path in shipped():  # nothing of an earlier run is shipped
            path.unlink(missing_ok=True)
    for path in paths:
        start = time.perf_counter()
        print(f"{path.stem:<22}", end="", flush=True)
        execute(path)
        print(f"{time.perf_counter() - start:4.0f} s", flush=True)
    if options.command == "reference":
        for path in shipped():
            ship(path, FIT_OUTPUTS / "reference" / path.name)


if __name__ == "__main__":
    main()
