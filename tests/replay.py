"""Runs a notebook with the shipped results in the place of its own training runs.

That is the way past a training that a learner takes who is short of time: the code of
the box is run, and the cells that it tells them to skip are skipped. What comes out of
all other cells depends on the shipped files alone, so it has to be what is committed,
digit for digit. Only what a notebook trains without a box is different each time.
"""

import re

import nbformat
from lesson.results import spared
from lesson_files import (
    FITS,
    SANDBOXES,
    cells_that_use,
    code_cells,
    make_sandbox,
    read_notebooks,
)
from run import run_cells

TRAINED_ON, FEW = ("train_images", "train_labels"), 3_000  # nothing is to be learnt
# The square button, pressed in the second epoch
STOP = (
    "keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs:"
    " epoch == 1 and __import__('signal').raise_signal(2))"
)


def _sandbox(name, what_for):
    """Return a sandbox of its own for a notebook, and a copy of the notebook."""
    folder = SANDBOXES / f"{name}-{what_for}"
    make_sandbox(folder)
    return folder, nbformat.from_dict(read_notebooks()[name])


def _run(notebook, folder):
    return run_cells(notebook, folder / "notebooks", folder / "figures.txt")


def code_to_replay(name):
    """Return the code of a notebook's cells by id, for a learner short of time."""
    code = spared(name)
    # With a clock, `run_all` trains whatever there is
    timed = [x for x in code if "perf_counter" in code[x] and "run_all" in code[x]]
    return code | dict.fromkeys(timed, "")


def live_cells(name):
    """Return the ids of the cells whose outputs a replay does not bring."""
    code = code_to_replay(name)
    skipped = {x.id for x in code_cells(name) if not code[x.id].startswith(x.source)}
    read = {"run_all", "add_shipped", "read_csv", "load_model"}
    return skipped | cells_that_use({*FITS, "perf_counter"}, name, read, skipped)


def replay(name):
    """Run a notebook with the shipped results; return it, and its figures' texts.

    Each cell that trains nothing runs twice in a row, as it may in a learner's hands.
    """
    folder, notebook = _sandbox(name, "replay")
    code, cells = code_to_replay(name), []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "code":
            cell.source, cell.outputs = code[cell.id], []
            if cell.id.startswith("fit"):  # what comes out is not looked at
                cell.source = re.sub(r"epochs=\d+", "epochs=2", cell.source)
            if ".fit(" not in cell.source:
                cells.append(nbformat.from_dict({**cell, "id": f"{cell.id}--twice"}))
    notebook.cells = cells
    texts = _run(notebook, folder)
    return notebook, {id_: texts[id_] for id_ in texts if not id_.endswith("--twice")}


def interrupt(name):
    """Run a notebook whose fits have other epochs, and are each interrupted.

    Where there are no live curves, an interrupt is an error.
    """
    folder, notebook = _sandbox(name, "interrupt")
    for cell in notebook.cells:
        fits = cell.cell_type == "code" and ".fit(" in cell.source
        if fits and cell.id.startswith("fit"):
            source = re.sub(r"epochs=\d+", "epochs=4", cell.source)
            if (curves := "lesson.LiveCurves()") in source:
                source = source.replace(curves, f"{curves}, {STOP}")
            else:
                source = source.replace("verbose=", f"callbacks=[{STOP}], verbose=")
                cell.metadata["tags"] = ["raises-exception"]
            less = [f"{name} = {name}[:{FEW}]" for name in TRAINED_ON]
            cell.source = "\n".join([*less, source])
    _run(notebook, folder)
    return notebook


def elsewhere(photos):
    """Run notebook 07 on a folder of photos, for few epochs; return its own folder."""
    folder, notebook = _sandbox("07-your-own-photos", "elsewhere")
    path = f"photos = Path({str(photos)!r})"
    for cell in notebook.cells:
        cell.source = cell.source.replace("photos = example_folder", path)
        cell.source = re.sub(r"epochs=\d{2,}", "epochs=2", cell.source)
    _run(notebook, folder)
    return folder / "fit_outputs"
