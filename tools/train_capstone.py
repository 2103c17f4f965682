"""Train the network of lab 3 with three seeds, and with fewer of its changes.

Takes about two hours on two cores. Everything is built, compiled and fitted by the
notebook's own cells. It ships its results in `fit_outputs/reference/` as they come:

- `model_capstone.keras` and `history_capstone.csv`: the training with the first seed;
- `capstone_seeds.csv`: a row for each seed, with the accuracies at the end. The test
  images are used here once for each seed, when nothing is left to decide. `seconds` are
  those of the whole training: let the machine do nothing else;
- `capstone_ladder.csv`: the epochs of the same training with fewer of the changes, and
  `end_accuracy`, the accuracy on the unchanged training images at the end. Steps that
  are close to each other have all seeds.
"""

import contextlib
import linecache
import time

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import nbformat
from format import NOTEBOOKS
from run import REFERENCE, seal

NOTEBOOK = "lab-3-beat-the-baseline"
# What has to run before train() can be called
CELLS = (
    *("imports", "load-data", "block", "build-capstone", "schedule"),
    *("optimizers", "whitening-filters", "train-capstone", "predict-views"),
)
SEEDS = (1, 2, 3)
BARE = {"smoothing": 0.0, "whiten": False}
# Each step has one change more; with all of them it is that of the seeds
LADDER = {
    "deeper": BARE | {"augment": False, "optimizer": "Adam"},
    "augmentation": BARE | {"optimizer": "Adam"},
    "schedule": BARE | {"optimizer": "Adam, schedule"},
    "SGD": BARE,
    "label smoothing": {"whiten": False},
}
CLOSE = ("schedule", "SGD", "label smoothing")


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
    return exec_cells(NOTEBOOK, CELLS, {})


def train_seeds(names):
    """Train the network with each seed, and measure it on both sets."""
    rows = []
    for seed in SEEDS:
        start = time.perf_counter()
        model, _ = done = names["train"](seed)
        row = {"seed": seed, "seconds": round(time.perf_counter() - start)}
        if seed == SEEDS[0]:  # what a learner's training would save is shipped
            trained = {"TRAIN": True, "train": lambda seed, done=done: done}
            trained["fit_outputs"] = REFERENCE
            exec_cells(NOTEBOOK, ["fit-capstone"], names | trained)
        for name in ("val", "test"):
            images, labels = names[f"{name}_images"], names[f"{name}_labels"]
            truth = labels.argmax(axis=1)
            alone = model.predict(images, batch_size=500, verbose=0)
            views = names["predict_views"](model, images)
            row[f"{name}_accuracy"] = (alone.argmax(axis=1) == truth).mean()
            row[f"{name}_accuracy_views"] = (views.argmax(axis=1) == truth).mean()
        rows.append(row)
        table = names["pd"].DataFrame(rows)
        table.to_csv(REFERENCE / "capstone_seeds.csv", index=False)
        shown = {key: row[key] for key in row if not key.startswith("test")}
        print(shown, flush=True)  # what is not seen cannot influence a decision


def train_ladder(names):
    """Train the network with fewer of the changes, all else equal, two at a time."""
    train, images, labels = map(names.get, ("train", "train_images", "train_labels"))

    def train_step(step, seed):
        model, history = train(seed, **LADDER[step])
        _, accuracy = model.evaluate(images, labels, batch_size=500, verbose=0)
        return history.history | {"end_accuracy": accuracy}

    settings = [
        {"step": step, "seed": seed}
        for step in LADDER
        for seed in (SEEDS if step in CLOSE else SEEDS[:1])
    ]
    lesson.experiments.FIT_OUTPUTS = REFERENCE
    lesson.experiments.run_all(
        "capstone_ladder", train_step, settings, rerun=True, cluster=2
    )


if __name__ == "__main__":
    capstone = read_cells()
    train_seeds(capstone)
    train_ladder(capstone)
    seal()
