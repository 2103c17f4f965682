"""Runs a notebook with the shipped results in the place of its own training runs.

That is the way past a training that a learner takes who is short of time: the code of
the box is run, and the cells that it tells them to skip are skipped. What comes out of
all other cells depends on the shipped files alone, so it has to be what is committed,
digit for digit. Only what a notebook trains without a box is different each time.
"""

import re

import nbformat
from lesson_files import (
    CODE,
    FITS,
    SANDBOXES,
    cells_that_use,
    make_sandbox,
    read_notebooks,
)
from run import run_cells

BOX = re.compile(r"short-of-time(?:-(\w+))?")
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


def skipped_cells(name):
    """Return the ids of the cells that a learner skips who takes the shipped models."""
    skipped, histories = set(), []
    for cell in read_notebooks()[name].cells:
        if (box := BOX.fullmatch(cell.id)) and box[1]:
            histories.append(rf"\bhistory_{box[1]}\b(?!_df)")
        elif cell.cell_type == "code":
            # With a clock, `run_all` trains whatever there is
            timed = "perf_counter" in cell.source and "run_all" in cell.source
            if timed or any(re.search(each, cell.source) for each in histories):
                skipped.add(cell.id)
    return skipped


def live_cells(name):
    """Return the ids of the cells whose outputs a replay does not bring."""
    skipped = skipped_cells(name)
    read = {"run_all", "add_shipped", "read_csv", "load_model"}
    return skipped | cells_that_use({*FITS, "perf_counter"}, name, read, skipped)


def replay(name):
    """Run a notebook with the shipped results; return it, and its figures' texts.

    Each cell that trains nothing runs twice in a row, as it may in a learner's hands.
    """
    folder, notebook = _sandbox(name, "replay")
    skipped, cells = skipped_cells(name), []
    for cell in notebook.cells:
        if BOX.fullmatch(cell.id):
            cell.cell_type = "code"
            cell.source = "\n".join(CODE.findall(cell.source))
        elif cell.id in skipped:
            cell.source = ""
        cells.append(cell)
        if cell.cell_type == "code":
            cell.outputs = []
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
