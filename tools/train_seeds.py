"""Train both models of the lesson with three seeds and keep their results.

Writes `fit_outputs/reference/three_seeds.csv`: a row for each model and seed, with
the history's values at the last epoch; and `three_seeds_no_dropout.csv`, the same for
the dropout CNN without its dropout, for notebook 07. Takes about six minutes on two
cores. The settings are notebook 04's; a test holds the copies together.

    python tools/train_seeds.py                          both files
    python tools/train_seeds.py three_seeds_no_dropout   the second one
"""

import sys
from pathlib import Path

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import keras
import pandas as pd
from sklearn.model_selection import train_test_split

SEEDS = (1, 2, 3)
REFERENCE = Path(__file__).resolve().parents[1] / "fit_outputs/reference"


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


def main():
    """Train the models of both series, or of the one that is named."""
    wanted = sys.argv[1:] or SERIES
    (images, labels), _ = lesson.data.load_cifar10()
    train_images, val_images, train_labels, val_labels = train_test_split(
        images, labels, test_size=0.2, random_state=42
    )
    train_labels = keras.utils.to_categorical(train_labels, 10)
    val_labels = keras.utils.to_categorical(val_labels, 10)

    for name in wanted:
        rows = []
        for build, seed in [(b, s) for b in SERIES[name] for s in SEEDS]:
            keras.utils.set_random_seed(seed)
            model = build()
            model.compile(
                optimizer="adam",
                loss=keras.losses.CategoricalCrossentropy(),
                metrics=["accuracy"],
                steps_per_execution=50,
            )
            history = model.fit(
                train_images,
                train_labels,
                epochs=10,
                batch_size=32,
                validation_data=(val_images, val_labels),
                verbose=0,
            )
            last = {name: values[-1] for name, values in history.history.items()}
            rows.append({"model": model.name, "seed": seed, **last})
            print(rows[-1])
        pd.DataFrame(rows).to_csv(REFERENCE / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
