"""Train the network of notebook 08 for real, with three seeds, and with fewer of its
changes, and ship the results.

Takes about 50 minutes on two cores. Everything is built, compiled and fitted by the
code of the notebook's own cells. In `fit_outputs/reference/` it writes

- `model_capstone.keras` and `history_capstone.csv`: the training with the first seed;
- `capstone_seeds.csv`: a row for each seed, with the accuracies at the end. The test
  images are used here once for each seed, when nothing is left to decide. `seconds` are
  those of the whole training: let the machine do nothing else;
- `capstone_ladder.csv`: the epochs of the same training with fewer of the changes.

A result is written as soon as it is there.
"""

import os
import sys
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "08-beat-the-baseline.ipynb"
REFERENCE = ROOT / "fit_outputs" / "reference"

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


def read_cells():
    """Return the names that the notebook's cells define."""
    notebook = nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)
    sources = {cell.id: cell.source for cell in notebook.cells}
    names = {}
    for cell in CELLS:
        exec(compile(sources[cell], f"{NOTEBOOK.name}, {cell}", "exec"), names)
    return names


def train(names, **settings):
    """Train once; return the model, its history as a table, and the seconds."""
    print(settings, flush=True)
    start = time.perf_counter()
    model, history = names["train"](**settings)
    seconds = round(time.perf_counter() - start)
    table = names["pd"].DataFrame(history.history)
    table.index = names["pd"].RangeIndex(1, len(table) + 1, name="epoch")
    return model, table, seconds


def train_seeds(names):
    """Train the network with each seed, and measure it on both sets."""
    pd = names["pd"]
    rows = []
    for seed in SEEDS:
        model, history, seconds = train(names, seed=seed)
        if seed == SEEDS[0]:
            history.to_csv(REFERENCE / "history_capstone.csv")
            # Without the optimizer's memory the file is half as large
            model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
            model.save(REFERENCE / "model_capstone.keras")
        row = {"seed": seed, "seconds": seconds}
        for name in ("val", "test"):
            images, labels = names[f"{name}_images"], names[f"{name}_labels"]
            truth = labels.argmax(axis=1)
            alone = model.predict(images, batch_size=500, verbose=0)
            both = names["predict_both"](model, images)
            row[f"{name}_accuracy"] = (alone.argmax(axis=1) == truth).mean()
            row[f"{name}_accuracy_both"] = (both.argmax(axis=1) == truth).mean()
        rows.append(row)
        pd.DataFrame(rows).to_csv(REFERENCE / "capstone_seeds.csv", index=False)
        shown = {key: row[key] for key in row if not key.startswith("test")}
        print(shown, flush=True)  # what is not seen cannot influence a decision


def train_ladder(names):
    """Train the network with fewer of the changes, all else equal."""
    tables = []
    for step, settings in LADDER.items():
        _, history, _ = train(names, seed=SEEDS[0], **settings)
        history.insert(0, "step", step)
        tables.append(history)
        names["pd"].concat(tables).to_csv(REFERENCE / "capstone_ladder.csv")


def main():
    """Train, measure and ship."""
    os.chdir(NOTEBOOK.parent)
    sys.path.insert(0, str(NOTEBOOK.parent))
    names = read_cells()
    train_seeds(names)
    train_ladder(names)


if __name__ == "__main__":
    main()
