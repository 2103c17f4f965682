"""Answers to the exercises that a judge checks, and what each has to be told.

Exercises that are declared as data, see `lesson.check.answers`, bring their answers and
mistakes along. Where an answer is a model, an array or a function, it stands here. To
add a case, add a row.
"""

from types import SimpleNamespace
from typing import Any, NamedTuple

import keras
import lesson
import numpy as np
import pandas as pd
from PIL import Image

RIGHT = "right"
WRONG = "wrong"


class Row(NamedTuple):
    """A case: `answers` given to the check `exercise`, and what it has to say."""

    exercise: str
    kind: str
    words: str  # in the feedback
    answers: Any  # a tuple, or a function that returns one


# What the checks hold answers against; in the notebooks, it is the lesson's own data
GIVEN = {name: each.given for name, each in lesson.check.EXERCISES.items()}
PROBABILITIES = GIVEN["predict_names"]["probabilities"]
NAMES = [lesson.data.CLASS_NAMES[i] for i in PROBABILITIES[:10].argmax(axis=1)]
TRUE, PREDICTED = GIVEN["build_confusion_matrix"].values()
MATRIX = np.array([[np.sum((TRUE == i) & (PREDICTED == j)) for j in range(10)]
                   for i in range(10)])  # fmt: skip
PHOTO = GIVEN["prepare_photo"]["photo"]


def small(
    shape=(31, 31, 3),
    scale=1 / 255,
    filters=8,
    kernel=(3, 3),
    activation="relu",
    pool=(2, 2),
    flatten=True,
    units=5,
    last="softmax",
    twice=False,
    padding="valid",
):
    """Build the network of the exercise `build_network`, or one a little wrong."""
    inputs = keras.Input(shape=shape)
    x = keras.layers.Rescaling(scale)(inputs)
    x = keras.layers.Conv2D(filters, kernel, activation=activation, padding=padding)(x)
    x = keras.layers.MaxPooling2D(pool)(x)
    x = keras.layers.MaxPooling2D(pool)(x) if twice else x
    x = keras.layers.Flatten()(x) if flatten else x
    return keras.Model(inputs, keras.layers.Dense(units, activation=last)(x))


def ending(
    order=(0, 1, 2, 3),
    penalty="L2",
    l2=0.001,
    place="kernel_regularizer",
    rate=0.3,
    hidden=32,
    units=10,
):
    """Return the layers of the exercise `add_method`, or some a little wrong."""
    penalties = {
        "L2": keras.regularizers.L2(l2),
        "l2": keras.regularizers.l2(l2),
        "L1": keras.regularizers.L1(l2),
        None: None,
    }
    layers = [
        keras.layers.Flatten(),
        keras.layers.Dense(hidden, activation="relu", **{place: penalties[penalty]}),
        keras.layers.Dropout(rate),
        keras.layers.Dense(units, activation="softmax"),
    ]
    return [layers[i] for i in order]


def small_rgb(units=10, **settings):
    """Build a small network for the lesson's own images."""
    return small(shape=(32, 32, 3), units=units, **settings)


def small_otherwise():
    """Build the same with activations as layers, and sizes as single numbers."""
    inputs = keras.Input((31, 31, 3))
    x = keras.layers.Rescaling(1.0 / 255.0)(inputs)
    x = keras.layers.Conv2D(8, 3)(x)
    x = keras.layers.ReLU()(x)
    x = keras.layers.MaxPool2D()(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(5)(x)
    return keras.Model(inputs, keras.layers.Softmax()(x))


def small_sequential():
    """Build the same as a sequence."""
    layers = small().layers
    return keras.Sequential([keras.Input((31, 31, 3)), *layers[1:]])


def compiled(loss, build=lesson.models.build_intro, **settings):
    """Build and compile one of the lesson's models."""
    model = build()
    model.compile(**{"optimizer": "adam", "metrics": ["accuracy"], **settings},
                  loss=loss)  # fmt: skip
    return model


def fitted(
    loss="categorical_crossentropy",
    epochs=10,
    steps=1250,
    trained=12_500,
    columns=("accuracy", "loss", "val_accuracy", "val_loss"),
    wrap=None,
    **settings,
):
    """Return (history, model) as a fit of the dropout CNN leaves them, untrained."""
    build = settings.pop("build", lesson.models.build_dropout)
    model = compiled(loss, build, **settings)
    model.optimizer.iterations.assign(trained)
    history = keras.callbacks.History()
    history.set_params({"verbose": 2, "epochs": epochs, "steps": steps})
    history.set_model(model)
    history.on_train_begin()
    for epoch in range(epochs):
        history.on_epoch_end(epoch, dict.fromkeys(columns, 0.5))
    return SimpleNamespace(history=wrap(history) if wrap else history, model=model)


def one_hot(*places, width=10):
    """Return one-hot rows."""
    return np.eye(width)[list(places)]


def shrunk(image):
    """Return an image of 32 × 32 pixels as a batch of one."""
    return np.array(Image.fromarray(image).resize((32, 32)))[np.newaxis]


losses = keras.losses
ONE_HOT = losses.CategoricalCrossentropy
SPARSE = losses.SparseCategoricalCrossentropy

# fmt: off
BANK = [
    Row("make_one_hot", RIGHT, "One row for each",
        lambda: (keras.utils.to_categorical([4, 0, 9], 10),)),
    Row("make_one_hot", RIGHT, "One row for each", (one_hot(4, 0, 9).tolist(),)),
    Row("make_one_hot", RIGHT, "One row for each", (pd.DataFrame(one_hot(4, 0, 9)),)),
    Row("make_one_hot", WRONG, "from 0", (one_hot(5, 1, 9),)),
    Row("make_one_hot", WRONG, "stands for airplane", (one_hot(0, 4, 9),)),
    Row("make_one_hot", WRONG, "swapped", (one_hot(4, 0, 9).T,)),
    Row("make_one_hot", WRONG, "exactly one 1", (one_hot(4, 0, 9) + one_hot(3, 3, 3),)),
    Row("make_one_hot", WRONG, "zeros and a one", (one_hot(4, 0, 9) * 0.5,)),
    Row("make_one_hot", WRONG, "(3, 10)", ([4, 0, 9],)),
    Row("make_one_hot", WRONG, "nothing but numbers", (["deer", "airplane", "truck"],)),
    Row("make_one_hot", WRONG, "different lengths", ([[0, 0, 1], [1], [0, 1]],)),
    Row("build_network", RIGHT, "8,069", lambda: (small(),)),
    Row("build_network", RIGHT, "8,069", lambda: (small_otherwise(),)),
    Row("build_network", WRONG, "`Sequential`", lambda: (small_sequential(),)),
    Row("build_network", WRONG, '"softmax"', lambda: (small(last=None),)),
    Row("build_network", WRONG, '"relu"', lambda: (small(activation=None),)),
    Row("build_network", WRONG, "not 8", lambda: (small(filters=16),)),
    Row("build_network", WRONG, "not (3, 3)", lambda: (small(kernel=5),)),
    Row("build_network", WRONG, "not (2, 2)", lambda: (small(pool=3),)),
    Row("build_network", WRONG, "10 neurons", lambda: (small(units=10),)),
    Row("build_network", WRONG, "in this order", lambda: (small(twice=True),)),
    Row("build_network", WRONG, "padding and strides",
        lambda: (small(padding="same"),)),
    Row("build_network", WRONG, "No Flatten lies on the way",
        lambda: (small(flatten=False),)),
    Row("build_network", WRONG, "`1 / 255`", lambda: (small(scale=255),)),
    Row("build_network", WRONG, "begin with `keras.Input`",
        lambda: (keras.Sequential([keras.layers.Dense(5)]),)),
    Row("build_network", WRONG, "(31, 31, 3)", lambda: (small(shape=(32, 32, 3)),)),
    Row("build_network", WRONG, "keras.Model(inputs", (keras.Model,)),
    Row("build_network", WRONG, "KerasTensor", lambda: (small().output,)),
    Row("choose_loss", RIGHT, "The labels decide",
        lambda: (ONE_HOT(), SPARSE(), ONE_HOT(from_logits=True))),
    Row("choose_loss", RIGHT, "The labels decide",
        lambda: ("categorical_crossentropy", "sparse_categorical_crossentropy",
                 ONE_HOT(from_logits=True, name="mine"))),
    Row("choose_loss", WRONG, "`loss_a`: the labels",
        lambda: (SPARSE(), SPARSE(), ONE_HOT(from_logits=True))),
    Row("choose_loss", WRONG, "`loss_b`: the labels",
        lambda: (ONE_HOT(), ONE_HOT(), ONE_HOT(from_logits=True))),
    Row("choose_loss", WRONG, "Which argument",
        lambda: (ONE_HOT(), SPARSE(), ONE_HOT())),
    Row("choose_loss", WRONG, "not raw scores",
        lambda: (ONE_HOT(from_logits=True), SPARSE(), ONE_HOT())),
    Row("choose_loss", WRONG, "`loss_c`: the labels",
        lambda: (ONE_HOT(), SPARSE(), SPARSE(from_logits=True))),
    Row("choose_loss", WRONG, "Add parentheses", (ONE_HOT, SPARSE, ONE_HOT)),
    Row("choose_loss", WRONG, "MeanSquaredError",
        lambda: (losses.MeanSquaredError(), SPARSE(), ONE_HOT())),
    Row("choose_loss", WRONG, "knows no loss", ("crossentropy", "b", "c")),
    Row("fix_compile", RIGHT, "now the loss suits", lambda: (compiled(ONE_HOT()),)),
    Row("fix_compile", RIGHT, "now the loss suits",
        lambda: (compiled("categorical_crossentropy", optimizer="sgd"),)),
    Row("fix_compile", WRONG, "these labels are one-hot",
        lambda: (compiled(SPARSE()),)),
    Row("fix_compile", WRONG, "ends with softmax",
        lambda: (compiled(ONE_HOT(from_logits=True)),)),
    Row("fix_compile", WRONG, "with its parentheses", lambda: (compiled(ONE_HOT),)),
    Row("fix_compile", WRONG, "is not compiled",
        lambda: (lesson.models.build_intro(),)),
    Row("fix_compile", WRONG, "BinaryCrossentropy",
        lambda: (compiled(losses.BinaryCrossentropy()),)),
    Row("fix_compile", WRONG, 'Keep `metrics=["accuracy"]`',
        lambda: (compiled(ONE_HOT(), metrics=None),)),
    Row("fix_compile", WRONG, "should be a Keras model", lambda: (ONE_HOT(),)),
    Row("train_dropout", RIGHT, "a fair comparison", fitted),
    Row("train_dropout", RIGHT, "a fair comparison",
        lambda: fitted(ONE_HOT(), optimizer=keras.optimizers.Adam(1e-3),
                       metrics=[keras.metrics.CategoricalAccuracy("accuracy")])),
    Row("train_dropout", WRONG, "Which loss", lambda: fitted(SPARSE())),
    Row("train_dropout", WRONG, "same optimizer", lambda: fitted(optimizer="sgd")),
    Row("train_dropout", WRONG, "leave Adam's",
        lambda: fitted(optimizer=keras.optimizers.Adam(0.01))),
    Row("train_dropout", WRONG, "for 10", lambda: fitted(epochs=5, trained=6250)),
    Row("train_dropout", WRONG, "batches of 32",
        lambda: fitted(steps=313, trained=3130)),
    Row("train_dropout", WRONG, "more than once", lambda: fitted(trained=25_000)),
    Row("train_dropout", WRONG, "no validation data",
        lambda: fitted(columns=("accuracy", "loss"))),
    Row("train_dropout", WRONG, '`metrics=["accuracy"]`',
        lambda: fitted(columns=("loss", "val_loss"))),
    Row("train_dropout", WRONG, "what `fit` returns, as it is",
        lambda: fitted(wrap=lambda history: history.history)),
    Row("train_dropout", WRONG, "as it was built above",
        lambda: fitted(build=lambda: keras.Sequential([keras.Input((9,)), *ending()]))),
    Row("train_dropout", WRONG, "is not compiled yet",
        lambda: SimpleNamespace(history={}, model=lesson.models.build_dropout())),
    Row("train_dropout", WRONG, "should be what `fit` returns: ",
        lambda: fitted(wrap=lambda history: 0.67)),
    Row("train_dropout", WRONG, "was not kept",
        lambda: fitted(wrap=lambda history: ...)),
    Row("train_dropout", WRONG, "no dropout layer",
        lambda: fitted(build=lesson.models.build_intro)),
    Row("predict_names", RIGHT, "to names", (NAMES,)),
    Row("predict_names", RIGHT, "to names", (np.array(NAMES),)),
    Row("predict_names", WRONG, "class numbers", (PROBABILITIES[:10].argmax(axis=1),)),
    Row("predict_names", WRONG, "*place*", (PROBABILITIES[:10].max(axis=1),)),
    Row("predict_names", WRONG, "in their order", (lesson.data.CLASS_NAMES,)),
    Row("predict_names", WRONG, "Those are probabilities", (PROBABILITIES[:10],)),
    Row("predict_names", WRONG, "there are 9", (NAMES[:9],)),
    Row("predict_names", WRONG, "not the true classes", (["cat"] * 10,)),
    Row("predict_names", WRONG, "should hold texts", ([print] * 10,)),
    Row("predict_names", WRONG, "a list of ten", (NAMES[0],)),
    Row("predict_names", WRONG, "a list of ten", (dict.fromkeys(NAMES),)),
    Row("build_confusion_matrix", RIGHT, "Row: what it is", (MATRIX,)),
    Row("build_confusion_matrix", RIGHT, "Row: what it is",
        (pd.crosstab(TRUE, PREDICTED),)),
    Row("build_confusion_matrix", WRONG, "swapped", (MATRIX.T,)),
    Row("build_confusion_matrix", WRONG, "shares",
        (MATRIX / MATRIX.sum(axis=1, keepdims=True),)),
    Row("build_confusion_matrix", WRONG, "Only the right answers",
        (np.diag(np.diag(MATRIX)),)),
    Row("build_confusion_matrix", WRONG, "as if none were mistaken",
        (np.diag(MATRIX.sum(axis=1)),)),
    Row("build_confusion_matrix", WRONG, "(10, 10)", (np.bincount(TRUE),)),
    Row("build_confusion_matrix", WRONG, "Some counts", (MATRIX + 1,)),
    Row("build_confusion_matrix", WRONG, "Some counts",
        (MATRIX[::-1],)),
    Row("prepare_photo", RIGHT, "raw values", lambda: (shrunk(PHOTO[:, 32:96]),)),
    Row("prepare_photo", RIGHT, "raw values",
        (PHOTO[::2, 32:96:2].astype("float32")[np.newaxis],)),
    Row("prepare_photo", WRONG, "np.newaxis", lambda: (shrunk(PHOTO[:, 32:96])[0],)),
    Row("prepare_photo", WRONG, "divide by 255",
        lambda: (shrunk(PHOTO[:, 32:96]) / 255,)),
    Row("prepare_photo", WRONG, "squeezed", lambda: (shrunk(PHOTO),)),
    Row("prepare_photo", WRONG, "at the left edge", lambda: (shrunk(PHOTO[:, :64]),)),
    Row("prepare_photo", WRONG, "colours are gone",
        lambda: (shrunk(PHOTO[:, 32:96]).mean(axis=3),)),
    Row("prepare_photo", WRONG, "(1, 32, 32, 3)", (PHOTO[np.newaxis],)),
    Row("prepare_photo", WRONG, "*largest* square",
        (PHOTO[16:48, 48:80][np.newaxis],)),
    Row("prepare_photo", WRONG, "not the middle", lambda: (shrunk(PHOTO[:, 64:]),)),
    Row("prepare_photo", WRONG, "list or an array",
        lambda: (Image.fromarray(PHOTO[:, 32:96]).resize((32, 32)),)),
    Row("add_method", RIGHT, "layer of its own", lambda: (ending(),)),
    Row("add_method", RIGHT, "layer of its own",
        lambda: (tuple(ending(penalty="l2", l2=0.001)),)),
    Row("add_method", WRONG, "should be a list", (keras.layers.Flatten(),)),
    Row("add_method", WRONG, "32 units and ReLU", lambda: (ending(hidden=64),)),
    Row("add_method", WRONG, "no dropout", lambda: (ending(order=(0, 1, 3)),)),
    Row("add_method", WRONG, "comes last", lambda: (ending(order=(0, 1, 3, 2)),)),
    Row("add_method", WRONG, "The order should be",
        lambda: (ending(order=(0, 2, 1, 3)),)),
    Row("add_method", WRONG, "no penalty", lambda: (ending(penalty=None),)),
    Row("add_method", WRONG, "for the weights",
        lambda: (ending(place="activity_regularizer"),)),
    Row("add_method", WRONG, "should be L2", lambda: (ending(penalty="L1"),)),
    Row("add_method", WRONG, "should be 0.001", lambda: (ending(l2=0.01),)),
    Row("add_method", WRONG, "should be 0.3", lambda: (ending(rate=0.7),)),
    Row("add_method", WRONG, "10 units and softmax", lambda: (ending(units=1),)),
    Row("add_method", WRONG, "no layer", ([keras.layers.Flatten],)),
    Row("beat_the_baseline", RIGHT, "two more seeds",
        lambda: (lesson.models.build_intro(), {"val_accuracy": [0.5, 0.7]})),
    Row("beat_the_baseline", RIGHT, "two more seeds",
        lambda: (small_rgb(), pd.DataFrame({"val_accuracy": [0.8, 0.9]}))),
    Row("beat_the_baseline", WRONG, "asked for",
        lambda: (lesson.models.build_intro(), {"val_accuracy": [0.5, 0.67]})),
    Row("beat_the_baseline", WRONG, "settle",
        lambda: (lesson.models.build_intro(), {"val_accuracy": [0.8, 0.6]})),
    Row("beat_the_baseline", WRONG, "validation data",
        lambda: (lesson.models.build_intro(), {"accuracy": [0.8, 0.9]})),
    Row("beat_the_baseline", WRONG, "shares from 0 to 1",
        lambda: (lesson.models.build_intro(), {"val_accuracy": [88.0]})),
    Row("beat_the_baseline", WRONG, "no softmax",
        lambda: (small_rgb(last=None), {"val_accuracy": [0.9]})),
    Row("beat_the_baseline", WRONG, "ten probabilities",
        lambda: (small_rgb(units=5), {"val_accuracy": [0.9]})),
    Row("beat_the_baseline", WRONG, "what `fit` returns",
        lambda: (lesson.models.build_intro(), [0.9])),
]
# fmt: on


def ask(exercise, answers):
    """Call the check of an exercise as its cell in the notebook does."""
    given = dict(GIVEN[exercise])
    if callable(answers):
        answers = answers()
    if exercise == "train_dropout" and isinstance(answers, tuple):
        given = {"model": fitted(trained=0).model}
    elif exercise == "train_dropout":
        answers, given = (answers.history,), {"model": answers.model}
    return getattr(lesson.check, exercise)(*answers, **given)
