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
soon as it is there. What is trained is built and compiled by the notebooks' own cells.
It takes 40 minutes on two cores.
"""

import contextlib
import itertools
import time

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import keras
import numpy as np
import pandas as pd
from format import NOTEBOOKS
from run import REFERENCE, seal
from sklearn.metrics import precision_score, recall_score
from train_capstone import SEEDS, exec_cells, read_cells

CELLS = ("imports", "load-features", "build", "unfreeze")
NEW = ("deer", "horse", "truck")
PHOTOS = (20, 50, 100, 250)  # of each class
UNEQUAL = (250, 250, 25)
BATCH_SIZE = 32
# Steps, whatever the number of photos, and the notebook's learning rates. From scratch
# it gets more steps than the two others together
PLANS = {"scratch": (400, 0.001), "frozen": (200, 0.003), "fine-tuned": (120, 0.0001)}


def of_classes(data, classes):
    """Return (images, labels) for training, deciding and testing, of some classes."""
    numbers = [lesson.data.CLASS_NAMES.index(name) for name in classes]
    sets = []
    for name in ("train", "val", "test"):
        labels = data[f"{name}_labels"][:, numbers]
        keep = labels.any(axis=1)
        sets.append((data[f"{name}_images"][keep], labels[keep].argmax(axis=1)))
    return sets


def build_base(names, classes):
    """Build a network like that of lab 3, its augmentation left out."""
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = keras.layers.Conv2D(24, (2, 2), activation="relu")(x)
    for filters in (32, 64, 128):
        x = names["convolution_block"](x, filters, pool=True)
        x = names["convolution_block"](x, filters)
    x = keras.layers.GlobalMaxPooling2D(name="features")(x)
    outputs = keras.layers.Dense(classes, activation="softmax")(x)
    model = keras.Model(inputs, outputs, name="seven_classes")
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Its running means have to follow within a few hundred steps
            layer.momentum = 0.9
    return model


def train_base(names, epochs=8, batch_size=128, seed=1):
    """Train the network of the seven classes, and save it without an optimizer."""
    seven = [name for name in lesson.data.CLASS_NAMES if name not in NEW]
    (images, labels), validation, _ = of_classes(names, seven)
    keras.utils.set_random_seed(seed)
    base = build_base(names, len(seven))
    flip = keras.layers.RandomFlip("horizontal")
    shift = keras.layers.RandomTranslation(
        0.125, 0.125, fill_mode="reflect", interpolation="nearest"
    )
    model = keras.Sequential([keras.Input((32, 32, 3)), flip, shift, base])
    names["steps"] = epochs * -(-len(images) // batch_size)  # of lab 3's schedule
    names["warmup"] = names["steps"] // 5
    model.compile(
        names["make_optimizer"]("SGD"),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=10,
    )
    model.fit(
        images, labels, batch_size, epochs=epochs, validation_data=validation, verbose=2
    )
    base.save(REFERENCE / "model_seven_classes.keras")


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
    targets = keras.utils.to_categorical(labels, len(NEW))
    for first in range(0, wanted, BATCH_SIZE):
        batch = order[first : first + BATCH_SIZE]
        model.train_on_batch(images[batch], targets[batch], class_weight=class_weight)
    return round(wanted / len(images))


def draw(images, labels, counts, seed):
    """Draw photos of each class at random."""
    rng = np.random.default_rng(seed)
    places = [
        rng.choice(np.flatnonzero(labels == label), count, replace=False)
        for label, count in enumerate(counts)
    ]
    places = np.concatenate(places)
    return images[places], labels[places]


def measure(model, images, labels):
    """Return accuracies on some images, and what became of the trucks."""
    predicted = model.predict(images, batch_size=500, verbose=0).argmax(axis=1)
    recalls = recall_score(labels, predicted, average=None)
    precisions = precision_score(labels, predicted, average=None, zero_division=0)
    return {
        "accuracy": round(np.mean(predicted == labels), 4),
        "balanced_accuracy": round(recalls.mean(), 4),
        "truck_recall": round(recalls[-1], 4),
        "truck_precision": round(precisions[-1], 4),
    }


def start(names, seed, pretrained=True):
    """Build a classifier with borrowed features, which are frozen, or with random."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    with contextlib.chdir(NOTEBOOKS):
        features = names["load_features"](pretrained)
    features.trainable = not pretrained
    return names["build_classifier"](features, len(NEW))


def train_series(names, photos, test):
    """Train on each number of photos with each method and seed; yield the results."""

    def result(model, method, count, seed):
        begin = time.perf_counter()
        drawn = draw(*photos, [count] * len(NEW), seed)
        epochs = train(names, model, method, drawn, seed)
        seconds = round(time.perf_counter() - begin, 1)
        row = {"method": method, "photos": count, "seed": seed, "epoch": epochs}
        row["train_accuracy"] = measure(model, *drawn)["accuracy"]
        return row | measure(model, *test) | {"seconds": seconds}

    for seed, count in itertools.product(SEEDS, PHOTOS):
        yield result(start(names, seed, pretrained=False), "scratch", count, seed)
        model = start(names, seed)
        yield result(model, "frozen", count, seed)
        names["unfreeze"](model.get_layer("features"))
        yield result(model, "fine-tuned", count, seed)


def train_unequal(names, photos, test):
    """Train the last layer without and with class weights; yield the results."""
    weights = {i: sum(UNEQUAL) / len(NEW) / count for i, count in enumerate(UNEQUAL)}
    methods = {"no weights": None, "class weights": weights}
    for method, seed in itertools.product(methods, SEEDS):
        model = start(names, seed)
        drawn = draw(*photos, UNEQUAL, seed)
        epochs = train(names, model, "frozen", drawn, seed, methods[method])
        yield {"method": method, "seed": seed, "epoch": epochs, **measure(model, *test)}


def write(results, name):
    """Write results as soon as they are there, in the order of their settings."""
    rows = []
    for row in results:
        rows.append(row)
        settings = [*row][: [*row].index("epoch")]
        table = pd.DataFrame(rows).sort_values(settings)
        table.to_csv(REFERENCE / f"{name}.csv", index=False)
        print(row, flush=True)


if __name__ == "__main__":
    lab = read_cells()
    train_base(lab)
    names = exec_cells("07-your-own-photos", CELLS, {})
    photos, _, test = of_classes(lab, NEW)
    write(train_series(names, photos, test), "07_photos")
    write(train_unequal(names, photos, test), "07_photos_unequal")
    seal()
