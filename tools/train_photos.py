"""Train what notebook 07 on your own photos starts from, and ship the results.

In `fit_outputs/reference/` it writes

- `model_seven_classes.keras`: a network like that of lab 3, with two thirds of
  its filters, trained on the seven classes of CIFAR-10 other than deer, horse, truck;
- `07_photos.csv`: networks that learnt these three classes from a few photos, from
  scratch, with that network's features frozen, and then fine-tuned: a row for each
  number of photos and seed;
- `07_photos_unequal.csv`: few trucks among many deer and horses, the features frozen,
  with and without class weights.

Each seed draws other photos. The numbers are those of the 3,000 test images of the
three classes after the last step; nothing was decided by them. A result is written as
soon as it is there. What is trained is built and compiled by the notebook's own cells.

    python tools/train_photos.py                 everything, 40 minutes on two cores
    python tools/train_photos.py base            the network of the seven classes
    python tools/train_photos.py series unequal  the two others, which start from it
"""

import contextlib
import sys
import time

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import keras
import numpy as np
import pandas as pd
from format import NOTEBOOKS
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from train_capstone import REFERENCE, exec_cells

NOTEBOOK = "07-your-own-photos"
CELLS = ("imports", "load-features", "build", "unfreeze")

NEW = ("deer", "horse", "truck")
SEEDS = (1, 2, 3)
PHOTOS = (20, 50, 100, 250)  # of each class
UNEQUAL = (250, 250, 25)
BATCH_SIZE = 32
# Steps, whatever the number of photos, and the notebook's learning rates. From scratch
# it gets more steps than the two others together
PLANS = {"scratch": (400, 0.001), "frozen": (200, 0.003), "fine-tuned": (120, 0.0001)}


def load_sets(classes):
    """Return (images, labels) for training, deciding and testing, of some classes."""
    numbers = [lesson.data.CLASS_NAMES.index(name) for name in classes]
    (images, labels), test = lesson.data.load_cifar10()
    train_images, val_images, train_labels, val_labels = train_test_split(
        images, labels, test_size=0.2, random_state=42
    )
    sets = []
    for images, labels in (train_images, train_labels), (val_images, val_labels), test:
        keep = np.isin(labels.ravel(), numbers)
        sets.append((images[keep], np.searchsorted(numbers, labels.ravel()[keep])))
    return sets


def build_base(classes):
    """Build a network like that of lab 3, its augmentation left out."""
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = keras.layers.Conv2D(24, (2, 2), activation="relu")(x)
    for filters in (32, 64, 128):
        for pool in (True, False):
            x = keras.layers.Conv2D(filters, (3, 3), padding="same", use_bias=False)(x)
            if pool:
                x = keras.layers.MaxPooling2D((2, 2))(x)
            # Its running means have to follow within a few hundred steps
            x = keras.layers.BatchNormalization(momentum=0.9)(x)
            x = keras.layers.Activation("relu")(x)
    x = keras.layers.GlobalMaxPooling2D(name="features")(x)
    outputs = keras.layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="seven_classes")


def train_base(epochs=8, batch_size=128, seed=1):
    """Train the network of the seven classes, and save it without an optimizer."""
    seven = [name for name in lesson.data.CLASS_NAMES if name not in NEW]
    (images, labels), validation, _ = load_sets(seven)
    keras.utils.set_random_seed(seed)
    base = build_base(len(seven))
    flip = keras.layers.RandomFlip("horizontal")
    shift = keras.layers.RandomTranslation(
        0.125, 0.125, fill_mode="reflect", interpolation="nearest"
    )
    model = keras.Sequential([keras.Input((32, 32, 3)), flip, shift, base])
    steps = epochs * -(-len(images) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.005, steps - steps // 5, warmup_target=0.1, warmup_steps=steps // 5
    )
    model.compile(
        keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, weight_decay=0.005),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=10,
    )
    model.fit(
        images, labels, batch_size, epochs=epochs, validation_data=validation, verbose=2
    )
    base.save(REFERENCE / "model_seven_classes.keras")


def draw(images, labels, counts, seed):
    """Draw photos of each class at random."""
    rng = np.random.default_rng(seed)
    places = [
        rng.choice(np.flatnonzero(labels == label), count, replace=False)
        for label, count in enumerate(counts)
    ]
    places = np.concatenate(places)
    return images[places], labels[places]


def train(names, model, method, photos, seed, class_weight=None):
    """Compile and train a model for the steps of a method; return the epochs."""
    steps, rate = PLANS[method]
    names["compile_classifier"](model, rate)
    images, labels = photos
    # All epochs in a row: each has the photos in another order
    rng = np.random.default_rng(seed)
    wanted = steps * BATCH_SIZE
    epochs = -(-wanted // len(images))
    order = np.concatenate([rng.permutation(len(images)) for _ in range(epochs)])
    order = order[:wanted]
    targets = keras.utils.to_categorical(labels, len(NEW))
    for first in range(0, wanted, BATCH_SIZE):
        batch = order[first : first + BATCH_SIZE]
        model.train_on_batch(images[batch], targets[batch], class_weight=class_weight)
    return round(wanted / len(images))


def measure(model, test):
    """Return accuracies on the test images, and what became of the trucks."""
    images, labels = test
    predicted = model.predict(images, batch_size=500, verbose=0).argmax(axis=1)
    matrix = confusion_matrix(labels, predicted)
    recalls = matrix.diagonal() / matrix.sum(axis=1)
    return {
        "accuracy": round(np.mean(predicted == labels), 4),
        "balanced_accuracy": round(recalls.mean(), 4),
        "truck_recall": round(recalls[-1], 4),
        "truck_precision": round(matrix[-1, -1] / max(matrix[:, -1].sum(), 1), 4),
    }


def start(names, seed, pretrained):
    """Build a classifier with borrowed features, which are frozen, or with random."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    with contextlib.chdir(NOTEBOOKS):
        features = names["load_features"](pretrained)
    features.trainable = not pretrained
    return names["build_classifier"](features, len(NEW))


def write(rows, name):
    """Write the results so far in the order of their settings, and say the last one."""
    table = pd.DataFrame(rows)
    table = table.sort_values([*table.columns[: table.columns.get_loc("epoch")]])
    table.to_csv(REFERENCE / f"{name}.csv", index=False)
    print(rows[-1], flush=True)


def train_series():
    """Train on each number of photos with each method and seed."""
    names, rows = exec_cells(NOTEBOOK, CELLS, {}), []
    (images, labels), _, test = load_sets(NEW)

    def add(model, method, count, seed):
        begin = time.perf_counter()
        drawn = draw(images, labels, [count] * len(NEW), seed)
        epochs = train(names, model, method, drawn, seed)
        seconds = round(time.perf_counter() - begin, 1)
        row = {"method": method, "photos": count, "seed": seed, "epoch": epochs}
        row["train_accuracy"] = measure(model, drawn)["accuracy"]
        rows.append(row | measure(model, test) | {"seconds": seconds})
        write(rows, "07_photos")

    for seed in SEEDS:
        for count in PHOTOS:
            add(start(names, seed, pretrained=False), "scratch", count, seed)
            model = start(names, seed, pretrained=True)
            add(model, "frozen", count, seed)
            names["unfreeze"](model.get_layer("features"))
            add(model, "fine-tuned", count, seed)


def train_unequal():
    """Train the last layer on unequal classes, without and with class weights."""
    names, rows = exec_cells(NOTEBOOK, CELLS, {}), []
    (images, labels), _, test = load_sets(NEW)
    weights = {i: sum(UNEQUAL) / len(NEW) / count for i, count in enumerate(UNEQUAL)}
    for method, weight in (("no weights", None), ("class weights", weights)):
        for seed in SEEDS:
            drawn = draw(images, labels, UNEQUAL, seed)
            model = start(names, seed, pretrained=True)
            epochs = train(names, model, "frozen", drawn, seed, weight)
            row = {"method": method, "seed": seed, "epoch": epochs}
            rows.append(row | measure(model, test))
            write(rows, "07_photos_unequal")


def main():
    """Train what is named, or everything."""
    series = {"base": train_base, "series": train_series, "unequal": train_unequal}
    for name in sys.argv[1:] or series:
        begin = time.perf_counter()
        series[name]()
        print(f"{name}: {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
