"""Train both models of the lesson with three seeds and keep their results.

Writes `fit_outputs/reference/three_seeds.csv`: a row for each model and seed, with
the history's values at the last epoch. Takes about four minutes on two cores. The
settings are notebook 04's; a test holds the copies together.
"""

from pathlib import Path

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import keras
import pandas as pd
from sklearn.model_selection import train_test_split

SEEDS = (1, 2, 3)
TABLE = Path(__file__).resolve().parents[1] / "fit_outputs/reference/three_seeds.csv"


def main():
    """Train six models and write the table."""
    (images, labels), _ = lesson.data.load_cifar10()
    train_images, val_images, train_labels, val_labels = train_test_split(
        images, labels, test_size=0.2, random_state=42
    )
    train_labels = keras.utils.to_categorical(train_labels, 10)
    val_labels = keras.utils.to_categorical(val_labels, 10)

    rows = []
    for build in (lesson.models.build_intro, lesson.models.build_dropout):
        for seed in SEEDS:
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
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(TABLE, index=False)


if __name__ == "__main__":
    main()
