"""Answers to the exercises that a judge checks: right ones, wrong ones, near misses.

Exercises that are declared as data, see `lesson.check.answers`, bring their answers and
mistakes along. Where an answer is a model, an array or a list of layers, it stands in
RIGHT, and in WRONG under the words that it has to be told. Near misses are generated:
each single change of a right answer.
"""

import contextlib
import inspect
import itertools
import re

import keras
import lesson
import numpy as np
import pandas as pd
from keras import layers, losses
from keras.optimizers import Adam
from lesson.models import build_dropout, build_intro
from PIL import Image

EXERCISES = lesson.check.EXERCISES
RNG = np.random.default_rng(2)
PROBABILITIES = RNG.dirichlet(np.ones(10), 30)
NAMES = [lesson.data.CLASS_NAMES[i] for i in PROBABILITIES[:10].argmax(axis=1)]
TRUE = np.repeat(np.arange(10), 5)
PREDICTED = np.where(np.arange(50) % 3, TRUE, (TRUE + 1) % 10)  # a third is mistaken
MATRIX = pd.crosstab(TRUE, PREDICTED).to_numpy()
# As many labels of each class, but for three frogs more: 103 of the first 1,000
LABELS = np.tile(np.arange(10), 200)[:, np.newaxis]
LABELS[[3, 13, 23, 1000]] = 6
HISTORY = pd.DataFrame({
    "loss": [1.5, 1.2, 1.0, 0.9, 0.8, 0.7], "val_loss": [1.3, 1.1, 0.95, 1.0, 1.4, 1.2],
    "val_accuracy": [0.5, 0.6, 0.62, 0.63, 0.61, 0.62]}, index=range(1, 7))
# A photo like many: smooth, and of nearly one colour
GREY = RNG.integers(0, 256, (8, 16), dtype="uint8")
GREY = np.asarray(Image.fromarray(GREY).resize((128, 64)), int)
PHOTO = (GREY[..., np.newaxis] + (0, 9, -9)).clip(0, 255).astype("uint8")
SQUARE = PHOTO[:, 32:96]
ROWS = np.eye(10)[[4, 0, 9]]
ONE_HOT, SPARSE = losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy
LOSSES = ONE_HOT(), SPARSE(), ONE_HOT(from_logits=True)
L2 = keras.regularizers.L2(0.001)


def small():
    """Return the layers of the exercise `build_network`."""
    return [layers.Rescaling(1 / 255), layers.Conv2D(8, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)), layers.Flatten(),
            layers.Dense(5, activation="softmax")]


def ending(**hidden):
    """Return the layers of the exercise `add_method`."""
    hidden = {"activation": "relu", "kernel_regularizer": L2, **hidden}
    return [layers.Flatten(), layers.Dense(32, **hidden), layers.Dropout(0.3),
            layers.Dense(10, activation="softmax")]


def chained(steps, shape=(31, 31, 3)):
    """Build a network of layers, each called on the output of the one before."""
    inputs = x = keras.Input(shape)
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x)


def apart(steps, bend):
    """Yield layers with each activation behind its layer, made from its name."""
    for step in steps:
        config = step.get_config()
        name = config.pop("activation", None)
        yield type(step).from_config(config)
        if name:
            yield bend(name)


BENDS = [layers.Activation, lambda name: layers.Activation(keras.activations.get(name)),
         lambda name: {"relu": layers.ReLU, "softmax": layers.Softmax}[name]()]
CALLS = [keras.activations.get, lambda name: getattr(keras.ops, name)]


def compiled(loss="categorical_crossentropy", build=build_intro, **settings):
    """Build and compile one of the lesson's models."""
    model = build()
    usual = {"optimizer": "adam", "metrics": ["accuracy"]}
    model.compile(loss=loss, **usual | settings)
    return model


def fitted(epochs=10, steps=1250, before=0, first=1.7, without="",
           wrap=lambda history: history, build=build_dropout, **settings):
    """Return (history, model) as a fit of the dropout CNN leaves them, untrained."""
    model = compiled(build=build, **settings)
    model.optimizer.iterations.assign(before + epochs * steps)
    history = keras.callbacks.History()
    history.set_params({"steps": steps})
    history.set_model(model)
    history.epoch = [*range(epochs)]
    columns = {"accuracy", "loss", "val_accuracy", "val_loss"} - {without}
    history.history = dict.fromkeys(columns, [*np.geomspace(first, first / 9, epochs)])
    return wrap(history), model


# What the checks hold answers against; in the notebooks, it is the lesson's own data
GIVEN = {name: each.given for name, each in EXERCISES.items()}
GIVEN["prepare_photo"] = {"photo": PHOTO}
GIVEN["predict_names"] = {"probabilities": PROBABILITIES}
GIVEN["build_confusion_matrix"] = {"true_classes": TRUE, "predicted_classes": PREDICTED}
GIVEN["count_frogs"] = {"train_labels": LABELS}
GIVEN["best_epoch"] = {"history_df": HISTORY}
GIVEN["train_dropout"] = {"model": compiled(build=build_dropout)}


def winner(last="softmax", units=10, shift=0):
    """Build a network that tells the images of `beat_the_baseline` apart."""
    model = chained([layers.Flatten(), layers.Dense(units, last)], (32, 32, 3))
    model.set_weights([np.eye(3072, units, shift), np.full(units, 0.1)])
    return model


def shrunk(image, way=Image.Resampling.BICUBIC):
    """Return an image of 32 × 32 pixels as a batch of one."""
    image = Image.fromarray(np.ascontiguousarray(image))
    return np.array(image.resize((32, 32), way))[np.newaxis]


# Near misses

OTHERS = {  # by how an argument's name ends
    "activation": ["tanh", "sigmoid", None], "padding": ["same"],
    "_regularizer": ["l1"], "_constraint": ["non_neg"], "_initializer": ["ones"],
    "seed": [3], "reduction": ["sum"], "clipnorm": [1.0], "weight_decay": [0.01]}


def changes(thing):
    """Yield (argument, Keras object) for each change of one argument."""
    config = thing.get_config()
    for name, value in config.items():
        others = sum([OTHERS[end] for end in OTHERS if name.endswith(end)], [])
        if isinstance(value, bool):
            others.append(not value)
        elif isinstance(value, int):
            others.append(value + 1)
        elif isinstance(value, float):
            others += [value * 1.5, value / 2] if value else [0.3]
        elif isinstance(value, tuple):
            others += [tuple(each + 1 for each in value), (value[0], value[1] + 1)]
        for other in others:
            yield name, type(thing).from_config(config | {name: other})


def network_changes(make):
    """Yield (what, layers) for each change of layers; without `what`, it is free."""
    for i, layer in enumerate(make()):
        for name, other in changes(layer):
            idle = name == "trainable" and not hasattr(layer, "use_bias")
            free = idle or name == "seed" or name.endswith("_initializer")
            yield None if free else name, [*make()[:i], other, *make()[i + 1 :]]
        dropped, doubled, moved = make(), make(), make()
        del dropped[i]
        doubled.insert(i, make()[i])
        moved.insert(i - 1, moved.pop(i))
        yield from [("dropped", dropped), ("doubled", doubled), ("order", moved)]


def array_changes(right):
    """Yield each change of an array that is another array then."""
    right = np.asarray(right, float)
    found = [right / 255, right * 255, right + 1, right * 0, right.T, right[:1]]
    for place, step in itertools.product(np.ndindex(right.shape), (1, -1)):
        found.append(right.copy())
        found[-1][place] += step
    for axis in range(right.ndim):
        found += [np.flip(right, axis), np.roll(right, 1, axis)]
    return [other for other in found if not np.array_equal(other, right)]


def photo_changes():
    """Yield each change of the batch that the photo should become."""
    yield from (shrunk(SQUARE) / 255, shrunk(SQUARE) / 127.5, shrunk(SQUARE) * 2.0)
    colours = [SQUARE[:, :, each] for each in itertools.permutations(range(3))][1:]
    turned = [SQUARE.swapaxes(0, 1), SQUARE[::-1], SQUARE[:, ::-1], PHOTO]
    beside = [PHOTO[:, left:][:, :64] for left in (0, 8, 16, 28, 30, 34, 36, 48, 64)]
    yield from map(shrunk, colours + turned + beside)


def training_changes():
    """Yield (what, training) for each change of how the CNN is fitted."""
    for key, thing in {"optimizer": Adam(), "loss": ONE_HOT()}.items():
        for name, other in changes(thing):
            yield name, fitted(**{key: other})
    for change in (
        {"epochs": 9}, {"epochs": 20}, {"steps": 625}, {"steps": 1000},
        {"before": 12_500}, {"first": 0.9}, {"first": 1.39},  # compiled again
        {"without": "val_accuracy"}, {"loss_weights": 2.0}, {"metrics": None},
    ):
        yield next(iter(change)), fitted(**change)


RIGHT = {
    "make_one_hot": [
        ROWS, ROWS.tolist(), pd.DataFrame(ROWS), ROWS.astype("uint8"), ROWS > 0,
        [*ROWS], lambda: keras.ops.convert_to_tensor(ROWS),
        lambda: [keras.ops.convert_to_tensor(row) for row in ROWS],
        [pd.Series(row) for row in ROWS]],
    "build_network": [
        lambda: chained(small()),
        lambda: keras.Sequential([keras.Input((31, 31, 3)), *small()]),
        lambda: chained([keras.Sequential(small()[:2]), *small()[2:]]),
        lambda: chained([layers.Rescaling([1 / 255] * 3), *small()[1:]]),
        lambda: chained([*small()[:4], layers.Dense(5), layers.Softmax(axis=1)]),
        lambda: chained([
            *small()[:2], layers.ReLU(), layers.Activation("linear"), *small()[2:]]),
        *[lambda bend=bend: chained(apart(small(), bend)) for bend in BENDS + CALLS]],
    "choose_loss": [
        LOSSES,
        lambda: (losses.categorical_crossentropy, "SparseCategoricalCrossentropy",
                 ONE_HOT(from_logits=True, name="mine")),
        lambda: ("categorical_crossentropy", losses.sparse_categorical_crossentropy,
                 ONE_HOT(True))],
    "fix_compile": [
        lambda: compiled(ONE_HOT()), lambda: compiled(),
        lambda: compiled(losses.categorical_crossentropy, optimizer="sgd"),
        lambda: compiled([ONE_HOT()], metrics=[["accuracy"]])],
    "train_dropout": [
        fitted, lambda: fitted(
            loss=ONE_HOT(), optimizer=Adam(1e-3), steps_per_execution=50,
            metrics=[keras.metrics.CategoricalAccuracy("accuracy")])],
    "predict_names": [
        NAMES, np.array(NAMES), pd.Series(NAMES), (tuple(NAMES),),
        [name.upper() for name in NAMES]],
    "build_confusion_matrix": [MATRIX, pd.crosstab(TRUE, PREDICTED), MATRIX.tolist()],
    "prepare_photo": [
        *[shrunk(SQUARE, way) for way in Image.Resampling],
        SQUARE[::2, ::2].astype("float32")[np.newaxis], [SQUARE[1::2, 1::2]],
        SQUARE.reshape(1, 32, 2, 32, 2, 3).mean(axis=(2, 4))],
    "add_method": [
        ending, lambda: (tuple(ending()),), lambda: [keras.Sequential(ending())],
        lambda: ending(activation=layers.ReLU()),
        lambda: ending(kernel_regularizer=keras.regularizers.L1L2(0, 0.001)),
        *[lambda bend=bend: [*apart(ending(), bend)] for bend in BENDS]],
    "beat_the_baseline": [
        lambda: (winner(), {"val_accuracy": [0.5, 0.688]}),
        lambda: (winner(), pd.DataFrame({"val_accuracy": [0.8, 1.0]}))],
}


def ends(*values, **network):
    """Return a function that hands over a network, and how it ended."""
    return lambda: (winner(**network), {"val_accuracy": [*values]})


WRONG = {
    "make_one_hot": {
        "from 0": np.eye(10)[[5, 1, 9]], "stands for airplane": np.eye(10)[[0, 4, 9]],
        "swapped": ROWS.T, "exactly one 1": ROWS + np.eye(10)[[3, 3, 3]],
        "zeros and a one": ROWS * 0.5, "(3, 10)": [4, 0, 9],
        "nothing but numbers": ["deer", "airplane", "truck"]},
    "build_network": {
        "keras.Model(inputs": keras.Model,
        "begin with `keras.Input`": lambda: keras.Sequential(small()),
        "Yours has (32, 32, 3)": lambda: chained(small(), (32, 32, 3)),
        "called twice": lambda: chained([*small()[:1] * 2, *small()[1:]])},
    "choose_loss": {
        "`loss_a`: the labels are one-hot": lambda: (
            SPARSE(), SPARSE(), ONE_HOT(True)),
        "`loss_b`: the labels": lambda: (ONE_HOT(), ONE_HOT(), ONE_HOT(True)),
        "`loss_c`: the labels": lambda: (ONE_HOT(), SPARSE(), SPARSE(True)),
        "Add parentheses": (ONE_HOT, 1, 1), "knows no loss": ("crossentropy", 1, 1),
        "MeanSquaredError": lambda: (losses.MeanSquaredError(), 1, 1),
        "This is not a loss": ("mse", 1, 1)},
    "fix_compile": {
        "the labels are one-hot": lambda: compiled(SPARSE()),
        "Add parentheses": lambda: compiled(ONE_HOT),
        "is not compiled": build_intro, "a Keras model": ONE_HOT,
        "The loss is BinaryCrossentropy": lambda: compiled(losses.BinaryCrossentropy()),
        'Keep `metrics=["accuracy"]`': lambda: compiled(
            ONE_HOT(), metrics=[keras.metrics.CategoricalAccuracy])},
    "train_dropout": {
        "which loss": lambda: fitted(loss=SPARSE()),
        "not a loss": lambda: fitted(loss="mse"),
        "same optimizer": lambda: fitted(optimizer="adamw"),
        "as it is": lambda: fitted(wrap=lambda history: history.history),
        "as it was built above": lambda: fitted(
            build=lambda: chained([layers.Dropout(0.1)])),
        "is not compiled yet": lambda: ({}, build_dropout()),
        "should be what `fit` returns: ": lambda: fitted(wrap=lambda history: 0.67),
        "was not kept": lambda: fitted(wrap=lambda history: ...),
        "another model": lambda: fitted(wrap=lambda history: fitted()[0]),
        "no dropout layer": lambda: fitted(build=build_intro)},
    "predict_names": {
        "class numbers": PROBABILITIES[:10].argmax(axis=1), "a list of ten": NAMES[0],
        "*place*": PROBABILITIES[:10], "in their order": list(lesson.data.CLASS_NAMES),
        "there are 9": NAMES[:9], "there are 20": NAMES * 2,
        f"that of {NAMES[0]}": NAMES[::-1], "Image 9": [*NAMES[:9], "none"],
        "should hold texts": [print] * 10},
    "build_confusion_matrix": {
        "swapped": MATRIX.T, "shares": MATRIX / MATRIX.sum(axis=0), "zeros": MATRIX * 0,
        "Only the right answers": np.diag(np.diag(MATRIX)),
        "as if none were mistaken": np.diag(MATRIX.sum(axis=1)),
        "(10, 10)": np.bincount(TRUE), "Some counts": MATRIX + 1},
    "prepare_photo": {
        "np.newaxis": shrunk(SQUARE)[0], "(1, 32, 32, 3)": PHOTO[np.newaxis],
        "divide by 255": shrunk(SQUARE) / 255, "squeezed": shrunk(PHOTO),
        "not at the edge": shrunk(PHOTO[:, :64]), "beside": shrunk(PHOTO[:, 28:92]),
        "colours are gone": shrunk(SQUARE).mean(axis=3),
        "red, green, blue": shrunk(SQUARE[:, :, ::-1]),
        "turned or mirrored": shrunk(SQUARE[:, ::-1]),
        "*largest* square": PHOTO[16:48, 48:80][np.newaxis],
        "not the middle": shrunk(255 - PHOTO),
        "list or an array": lambda: Image.fromarray(SQUARE).resize((32, 32))},
    "add_method": {
        "should be a list": lambda: layers.Flatten(), "no layer": [layers.Flatten],
        "no penalty": lambda: ending(kernel_regularizer=None),
        "for the weights": lambda: ending(kernel_regularizer=None, bias_regularizer=L2),
        "should be 0.001": lambda: ending(kernel_regularizer="l2")},
    "beat_the_baseline": {
        "0.6800 on the validation": ends(0.5, 0.55, 0.68),
        "reached 0.800, but ended at 0.600": ends(0.5, 0.8, 0.6),
        "shares": ends(88.0),
        "no softmax": ends(0.9, last=None), "ten probabilities": ends(0.9, units=5),
        "validation data": lambda: (winner(), {"accuracy": [0.8, 0.9]}),
        "what `fit` returns": lambda: (winner(), [0.9]),
        "learnt nothing": lambda: (build_intro(), {"val_accuracy": [0.9]}),
        "another model": lambda: (winner(), fitted()[0]),
        "belong together": ends(0.9, shift=1),
        "knows no shapes": lambda: (keras.Sequential(small()), {})},
}


def answers(exercise):
    """Yield (words, answer): right ones, which have no words, wrong ones, changes."""
    for answer in RIGHT[exercise]:
        yield None, answer
    for words, answer in WRONG[exercise].items():
        yield re.escape(words), answer
    if exercise == "build_network":
        for what, steps in network_changes(small):
            with contextlib.suppress(ValueError):  # Keras refuses to build it
                yield what, chained(steps)
    elif exercise == "add_method":
        yield from network_changes(ending)
    elif exercise == "train_dropout":
        yield from training_changes()
    elif exercise == "choose_loss":
        for i, loss in enumerate(LOSSES):
            for what, other in changes(loss):
                yield what, (*LOSSES[:i], other, *LOSSES[i + 1 :])
    elif exercise == "fix_compile":
        for what, other in changes(ONE_HOT()):
            yield what, compiled(other)
        others = keras.metrics.Accuracy(), keras.metrics.BinaryAccuracy("accuracy")
        for each in None, ["mse"], ["categorical_accuracy"], *zip(others):
            yield "metrics", compiled(metrics=each)
    elif exercise == "prepare_photo":
        yield from [("", other) for other in photo_changes()]
    elif exercise in ("make_one_hot", "build_confusion_matrix"):
        yield from [("", other) for other in array_changes(RIGHT[exercise][0])]


def made(answers):
    """Return answers as a tuple; if they are to be made by a function, call it."""
    answers = answers() if inspect.isfunction(answers) else answers
    return answers if isinstance(answers, tuple) else (answers,)


def ask(exercise, answers):
    """Call a check: with its answers, perhaps also with what they are held against."""
    check = EXERCISES[exercise]
    named = zip(check.__signature__.parameters, made(answers), strict=False)
    return check(**GIVEN[exercise] | dict(named))
