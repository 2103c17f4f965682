"""Train the network of lab 3 with three seeds, and with fewer of its changes.

Takes about 50 minutes on two cores. Everything is built, compiled and fitted by the
notebook's own cells. It ships its results in `fit_outputs/reference/` as they come:

- `model_capstone.keras` and `history_capstone.csv`: the training with the first seed;
- `capstone_seeds.csv`: a row for each seed, with the accuracies at the end. The test
  images are used here once for each seed, when nothing is left to decide. `seconds` are
  those of the whole training: let the machine do nothing else;
- `capstone_ladder.csv`: the epochs of the same training with fewer of the changes.
"""

import contextlib
import linecache
import sys
import time

import nbformat
from format import NOTEBOOKS
from run import REFERENCE

# What has to run before train() can be called
CELLS = (
    *("imports", "load-data", "block", "build-capstone", "schedule"),
    *("train-capstone", "predict-both"),
)
SEEDS = (1, 2, 3)
LADDER = {  # each step has one change more; with all four it is that of the first seed
    "deeper": {"augment": False, "scheduled": False, "smoothing": 0.0},
    "augmentation": {"scheduled": False, "smoothing": 0.0},
    "schedule": {"smoothing": 0.0},
}


def exec_cells(notebook, cells, names):
    """Run these cells of a notebook where it lies, with names that they may change."""
    path = NOTEBOOKS / f"{notebook}.ipynb"
    sources = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    with contextlib.chdir(NOTEBOOKS):
        for cell in cells:
            place, source = f"{path.name}, {cell}", sources[cell]
            lines = source.splitlines(keepends=True)
            linecache.cache[place] = len(source), None, lines, place  # for inspect
            exec(compile(source, place, "exec"), names)
    return names


def read_cells():
    """Return the names that the notebook's cells define."""
    return exec_cells("lab-3-beat-the-baseline", CELLS, {})


def train(names, **settings):
    """Train once; return the model and its history as a table."""
    print(settings, flush=True)
    model, history = names["train"](**settings)
    table = names["pd"].DataFrame(history.history)
    table.index = names["pd"].RangeIndex(1, len(table) + 1, name="epoch")
    return model, table


def train_seeds(names):
    """Train the network with each seed, and measure it on both sets."""
    rows = []
    for seed in SEEDS:
        start = time.perf_counter()
        model, history = train(names, seed=seed)
        row = {"seed": seed, "seconds": round(time.perf_counter() - start)}
        if seed == SEEDS[0]:
            history.to_csv(REFERENCE / "history_capstone.csv")
            # Without the optimizer's memory the file is half as large
            model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
            model.save(REFERENCE / "model_capstone.keras")
        for name in ("val", "test"):
            images, labels = names[f"{name}_images"], names[f"{name}_labels"]
            truth = labels.argmax(axis=1)
            alone = model.predict(images, batch_size=500, verbose=0)
            both = names["predict_both"](model, images)
            row[f"{name}_accuracy"] = (alone.argmax(axis=1) == truth).mean()
            row[f"{name}_accuracy_both"] = (both.argmax(axis=1) == truth).mean()
        rows.append(row)
        table = names["pd"].DataFrame(rows)
        table.to_csv(REFERENCE / "capstone_seeds.csv", index=False)
        shown = {key: row[key] for key in row if not key.startswith("test")}
        print(shown, flush=True)  # what is not seen cannot influence a decision


def train_ladder(names):
    """Train the network with fewer of the changes, all else equal."""
    tables = []
    for step, settings in LADDER.items():
        _, history = train(names, seed=SEEDS[0], **settings)
        history.insert(0, "step", step)
        tables.append(history)
        names["pd"].concat(tables).to_csv(REFERENCE / "capstone_ladder.csv")


if __name__ == "__main__":
    sys.path.insert(0, str(NOTEBOOKS))
    capstone = read_cells()
    train_seeds(capstone)
    train_ladder(capstone)
