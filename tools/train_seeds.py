"""Train both models of the lesson with three seeds and keep their results.

Writes `fit_outputs/reference/three_seeds.csv`: a row for each model and seed, with
the history's values at the last epoch; and `three_seeds_no_dropout.csv`, the same for
the dropout CNN without its dropout, for lab 2. Takes about six minutes on two
cores. The data, compile and fit are those of notebook 04's own cells.
"""

import itertools

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import keras
import pandas as pd
from run import REFERENCE, seal
from train_capstone import SEEDS, exec_cells


def build_no_dropout():
    """Build the dropout CNN with a rate of 0: nothing is dropped."""
    model = lesson.models.build_dropout()
    (dropout,) = [x for x in model.layers if isinstance(x, keras.layers.Dropout)]
    dropout.rate = 0
    model.name = "cifar_model_no_dropout"
    return model


SERIES = {
    "three_seeds": (lesson.models.build_intro, lesson.models.build_dropout),
    "three_seeds_no_dropout": (build_no_dropout,),
}


def load_data():
    """Return the names that notebook 04 has before it builds a model."""
    cells = ("imports", "load-data", "split", "one-hot")
    return exec_cells("04-fit-cnn", cells, {})


if __name__ == "__main__":
    names = load_data()
    for name, builders in SERIES.items():
        rows = []
        for build, seed in itertools.product(builders, SEEDS):
            keras.utils.set_random_seed(seed)
            names["model_intro"] = model = build()
            exec_cells("04-fit-cnn", ("compile-intro", "fit-intro"), names)
            history = names["history_intro"].history
            last = {metric: values[-1] for metric, values in history.items()}
            rows.append({"model": model.name, "seed": seed, **last})
            print(rows[-1])
        pd.DataFrame(rows).to_csv(REFERENCE / f"{name}.csv", index=False)
    seal()
