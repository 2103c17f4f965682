"""The bank of answers: what each check of `lesson.check` is given, and has to say.

A row: the exercise, the kind of answer, words of the feedback, and the answers
themselves, one for each parameter, or a function without parameters that makes them
(models, say). The kinds: "right", which each exercise has at least twice, written in
different ways, and "wrong", at least five times: answers that learners really give.
What a blank answer gets is the same everywhere, and needs no row.

To add a case, add a row.
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

LABELS = np.tile(np.arange(10), 200)[:, np.newaxis]
LABELS[[3, 13, 23]] = 6  # 103 frogs and 97 cats among the first 1,000
PROBABILITIES = np.random.default_rng(1).dirichlet(np.ones(10), 30)
NAMES = [lesson.data.CLASS_NAMES[i] for i in PROBABILITIES[:10].argmax(axis=1)]
TRUE = np.repeat(np.arange(10), 5)
PREDICTED = np.where(np.arange(50) % 3 == 0, (TRUE + 1) % 10, TRUE)
MATRIX = np.array([[np.sum((TRUE == i) & (PREDICTED == j)) for j in range(10)]
                   for i in range(10)])  # fmt: skip
PHOTO = np.random.default_rng(2).integers(0, 256, (4, 8, 3), dtype="uint8")
PHOTO = PHOTO.repeat(16, axis=0).repeat(16, axis=1)  # (64, 128, 3)
HISTORY = pd.DataFrame(
    {
        "loss": [1.5, 1.2, 1.0, 0.9, 0.8, 0.7],
        "accuracy": [0.4, 0.5, 0.6, 0.65, 0.7, 0.73],
        "val_loss": [1.3, 1.1, 0.95, 1.0, 1.4, 1.2],
        "val_accuracy": [0.5, 0.6, 0.62, 0.63, 0.61, 0.62],
    },
    index=pd.RangeIndex(1, 7, name="epoch"),
)

CONTEXT = {
    "better_than_guessing": {"accuracy": 0.484},
    "count_frogs": {"train_labels": LABELS},
    "best_epoch": {"history_df": HISTORY},
    "lead_of_dropout": {"val_accuracy": {"intro": 0.656, "dropout": 0.668}},
    "predict_names": {"probabilities": PROBABILITIES},
    "build_confusion_matrix": {"true_classes": TRUE, "predicted_classes": PREDICTED},
    "prepare_photo": {"photo": PHOTO},
}


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
):
    """Build the network of the exercise `build_network`, or one a little wrong."""
    inputs = keras.Input(shape=shape)
    x = keras.layers.Rescaling(scale)(inputs)
    x = keras.layers.Conv2D(filters, kernel, activation=activation)(x)
    x = keras.layers.MaxPooling2D(pool)(x)
    x = keras.layers.Flatten()(x) if flatten else x
    return keras.Model(inputs, keras.layers.Dense(units, activation=last)(x))


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
    # Notebook 01
    Row("order_steps", RIGHT, "Data, network", ("CFBDAE",)),
    Row("order_steps", RIGHT, "Data, network", ("c, f, b, d, a, e",)),
    Row("order_steps", RIGHT, "Data, network", (["C", "F", "B", "D", "A", "E"],)),
    Row("order_steps", WRONG, "C comes before F", ("FCBDAE",)),
    Row("order_steps", WRONG, "F comes before B", ("CBFDAE",)),
    Row("order_steps", WRONG, "B comes before D", ("CFDBAE",)),
    Row("order_steps", WRONG, "D comes before A", ("CFBADE",)),
    Row("order_steps", WRONG, "A comes before E", ("CFBDEA",)),
    Row("order_steps", WRONG, "exactly once", ("CFBDA",)),
    Row("order_steps", WRONG, "in quotes", (352678,)),
    Row("find_steps", RIGHT, "a method for each", (5, 6, 7, 8)),
    Row("find_steps", RIGHT, "a method for each", (5.0, np.int64(6), 7, 8)),
    Row("find_steps", WRONG, "`compile` tells", (4, 6, 7, 8)),
    Row("find_steps", WRONG, "`fit` trains", (5, 4, 7, 8)),
    Row("find_steps", WRONG, "`predict` answers", (5, 6, 8, 7)),
    Row("find_steps", WRONG, "`evaluate` measures", (5, 6, 7, 9)),
    Row("find_steps", WRONG, "without quotes", ("5", "6", "7", "8")),
    Row("better_than_guessing", RIGHT, "beside that of guessing", (0.484 / 0.1,)),
    Row("better_than_guessing", RIGHT, "beside that of guessing", (np.float32(4.84),)),
    Row("better_than_guessing", RIGHT, "beside that of guessing", (0.484 * 10,)),
    Row("better_than_guessing", WRONG, "the accuracy itself", (0.484,)),
    Row("better_than_guessing", WRONG, "how much *more*", (0.384,)),
    Row("better_than_guessing", WRONG, "all its digits", (4.8,)),
    Row("better_than_guessing", WRONG, "Do not subtract 1", (0.484 * 10 - 1,)),
    Row("better_than_guessing", WRONG, "you multiplied", (0.0484,)),
    Row("better_than_guessing", WRONG, "other way round", (0.1 / 0.484,)),
    Row("better_than_guessing", WRONG, "two classes", (0.968,)),
    Row("better_than_guessing", WRONG, "per cent", (48.4,)),
    Row("better_than_guessing", WRONG, "one case out of ten", (7,)),
    # Notebook 02
    Row("read_shape", RIGHT, "Images, rows", (200, 48, 64, 1_843_200)),
    Row("read_shape", RIGHT, "Images, rows",
        (200, 48, 64, np.zeros((200, 48, 64, 3), "uint8").nbytes)),
    Row("read_shape", WRONG, "swapped", (200, 64, 48, 1_843_200)),
    Row("read_shape", WRONG, "counts the images", (3, 48, 64, 1_843_200)),
    Row("read_shape", WRONG, "leaves out the colours", (200, 48, 64, 614_400)),
    Row("read_shape", WRONG, "one image", (200, 48, 64, 9_216)),
    Row("read_shape", WRONG, "8 *bits*", (200, 48, 64, 14_745_600)),
    Row("read_shape", WRONG, "four bytes", (200, 48, 64, 7_372_800)),
    Row("read_shape", WRONG, "megabytes", (200, 48, 64, 1.8432)),
    Row("read_shape", WRONG, "product of all four", (200, 48, 64, 359)),
    Row("read_shape", WRONG, "number of rows", (200, 200, 64, 1_843_200)),
    Row("count_frogs", RIGHT, "`sum` counts", ((LABELS[:1000, 0] == 6).sum(),)),
    Row("count_frogs", RIGHT, "`sum` counts",
        (len([number for number in LABELS[:1000] if number == 6]),)),
    Row("count_frogs", WRONG, "another class", (97,)),
    Row("count_frogs", WRONG, "all of the labels", ((LABELS == 6).sum(),)),
    Row("count_frogs", WRONG, "Now `sum` them", (LABELS[:1000, 0] == 6,)),
    Row("count_frogs", WRONG, "number of all labels", (len(LABELS[:1000]),)),
    Row("count_frogs", WRONG, "a text", ("103",)),
    Row("count_frogs", WRONG, "not names", (0,)),
    Row("count_frogs", WRONG, "Count them", (618,)),
    Row("count_frogs", WRONG, "Compare the first", (np.sum([6, 6]),)),
    Row("rescale_twice", RIGHT, "looks black", ("c",)),
    Row("rescale_twice", RIGHT, "looks black", (" C) ",)),
    Row("rescale_twice", WRONG, "No error comes", ("a",)),
    Row("rescale_twice", WRONG, "not divided once", ("b",)),
    Row("rescale_twice", WRONG, "does not look", ("d",)),
    Row("rescale_twice", WRONG, "does not change the type", ("e",)),
    Row("rescale_twice", WRONG, "one letter in quotes", (3,)),
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
    Row("which_set", RIGHT, "Learn, decide", ("training", "validation", "test")),
    Row("which_set", RIGHT, "Learn, decide", ("Train", "validation set", " TEST")),
    Row("which_set", WRONG, "flattered by the choice", ("training", "test", "test")),
    Row("which_set", WRONG, "memorised most", ("training", "training", "test")),
    Row("which_set", WRONG, "a little too good",
        ("training", "validation", "validation")),
    Row("which_set", WRONG, "knows the training set",
        ("training", "validation", "training")),
    Row("which_set", WRONG, "learnt from the test set", ("test", "validation", "test")),
    Row("which_set", WRONG, 'Answer with "training"', (1, 2, 3)),
    # Notebook 03
    Row("neuron", RIGHT, "stays silent", (-0.75, 0)),
    Row("neuron", RIGHT, "stays silent",
        (np.dot([1, 2, 3], [0.5, 1, -1.25]) + 0.5, max(0.0, -0.75))),
    Row("neuron", WRONG, "leaves out the bias", (-1.25, 0)),
    Row("neuron", WRONG, "mind its sign", (6.75, 6.75)),
    Row("neuron", WRONG, "third product is missing", (3, 3)),
    Row("neuron", WRONG, "old third weight", (3.75, 3.75)),
    Row("neuron", WRONG, "example above", (-0.25, 0)),
    Row("neuron", WRONG, "lets no negative", (-0.75, -0.75)),
    Row("neuron", WRONG, "does not drop the sign", (-0.75, 0.75)),
    Row("neuron", WRONG, "before ReLU", (0, 0)),
    Row("neuron", WRONG, "+1.0", (-4.75, 0)),
    Row("neuron", WRONG, "Multiply each input", (12, 12)),
    Row("convolve_by_hand", RIGHT, "which counts −9", ([27, 18],)),
    Row("convolve_by_hand", RIGHT, "which counts −9", (np.array([[27.0, 18.0]]),)),
    Row("convolve_by_hand", WRONG, "swapped", ([18, 27],)),
    Row("convolve_by_hand", WRONG, "signs", ([-27, -18],)),
    Row("convolve_by_hand", WRONG, "9 each", ([3, 2],)),
    Row("convolve_by_hand", WRONG, "mean", ([9, 6],)),
    Row("convolve_by_hand", WRONG, "two places", ([27, 18, 0, 0],)),
    Row("convolve_by_hand", WRONG, "subtract it", ([27, 27],)),
    Row("convolve_by_hand", WRONG, "you added the left", ([27, 36],)),
    Row("convolve_by_hand", WRONG, "For the second", ([27, 9],)),
    Row("convolve_by_hand", WRONG, "still blank", ([27, ...],)),
    Row("convolve_by_hand", WRONG, "first window again", ([0, 18],)),
    Row("convolve_by_hand", WRONG, "should be a list", (27,)),
    Row("pool_by_hand", RIGHT, "largest number", ([[6, 3], [2, 9]],)),
    Row("pool_by_hand", RIGHT, "largest number", (np.array([6, 3, 2, 9]),)),
    Row("pool_by_hand", WRONG, "means", ([[3, 1.25], [1, 5]],)),
    Row("pool_by_hand", WRONG, "smallest", ([[1, 0], [0, 1]],)),
    Row("pool_by_hand", WRONG, "sums", ([[12, 5], [4, 20]],)),
    Row("pool_by_hand", WRONG, "do not overlap", ([[6, 6, 3], [6, 6, 4], [2, 6, 9]],)),
    Row("pool_by_hand", WRONG, "swapped", ([[6, 2], [3, 9]],)),
    Row("pool_by_hand", WRONG, "four in all", ([6, 9],)),
    Row("pool_by_hand", WRONG, "still blank", ([[6, 3], [2, ...]],)),
    Row("pool_by_hand", WRONG, "largest of its four", ([[6, 3], [2, 6]],)),
    Row("layer_shapes", RIGHT, "1,568",
        ((29, 29, 8), (14, 14, 8), (1568,), (5,))),
    Row("layer_shapes", RIGHT, "1,568",
        ([29, 29, 8], (None, 14, 14, 8), 14 * 14 * 8, 5)),
    Row("layer_shapes", WRONG, "makes the image smaller",
        ((31, 31, 8), (14, 14, 8), (1568,), (5,))),
    Row("layer_shapes", WRONG, "takes away 2",
        ((28, 28, 8), (14, 14, 8), (1568,), (5,))),
    Row("layer_shapes", WRONG, "8 filters make",
        ((29, 29, 24), (14, 14, 8), (1568,), (5,))),
    Row("layer_shapes", WRONG, "third number is missing",
        ((29, 29), (14, 14, 8), (1568,), (5,))),
    Row("layer_shapes", WRONG, "number of images",
        ((1, 29, 29, 8), (14, 14, 8), (1568,), (5,))),
    Row("layer_shapes", WRONG, "one number in its shape",
        ((29, 29, 8), (14, 14, 8), (1568, 1), (5,))),
    Row("layer_shapes", WRONG, "drops what is left",
        ((29, 29, 8), (15, 15, 8), (1568,), (5,))),
    Row("layer_shapes", WRONG, "not the number of maps",
        ((29, 29, 8), (14, 14, 4), (1568,), (5,))),
    Row("layer_shapes", WRONG, "all 8 feature maps",
        ((29, 29, 8), (14, 14, 8), (196,), (5,))),
    Row("layer_shapes", WRONG, "multiply all three",
        ((29, 29, 8), (14, 14, 8), (36,), (5,))),
    Row("layer_shapes", WRONG, "one number for each of its neurons",
        ((29, 29, 8), (14, 14, 8), (1568,), (1568, 5))),
    Row("layer_shapes", WRONG, "without quotes", ("29, 29, 8", 1, 1, 1)),
    Row("build_network", RIGHT, "8,069", lambda: (small(),)),
    Row("build_network", RIGHT, "8,069", lambda: (small_otherwise(),)),
    Row("build_network", WRONG, "`Sequential`", lambda: (small_sequential(),)),
    Row("build_network", WRONG, '"softmax"', lambda: (small(last=None),)),
    Row("build_network", WRONG, '"relu"', lambda: (small(activation=None),)),
    Row("build_network", WRONG, "not 8", lambda: (small(filters=16),)),
    Row("build_network", WRONG, "not (3, 3)", lambda: (small(kernel=5),)),
    Row("build_network", WRONG, "not (2, 2)", lambda: (small(pool=3),)),
    Row("build_network", WRONG, "10 neurons", lambda: (small(units=10),)),
    Row("build_network", WRONG, "No Flatten lies on the way",
        lambda: (small(flatten=False),)),
    Row("build_network", WRONG, "`1 / 255`", lambda: (small(scale=255),)),
    Row("build_network", WRONG, "begin with `keras.Input`",
        lambda: (keras.Sequential([keras.layers.Dense(5)]),)),
    Row("build_network", WRONG, "(31, 31, 3)", lambda: (small(shape=(32, 32, 3)),)),
    Row("build_network", WRONG, "keras.Model(inputs", (keras.Model,)),
    Row("build_network", WRONG, "KerasTensor", lambda: (small().output,)),
    Row("count_parameters", RIGHT, "7,845", (224, 7845)),
    Row("count_parameters", RIGHT, "7,845", (3 * 3 * 3 * 8 + 8, np.int64(1569 * 5))),
    Row("count_parameters", WRONG, "forgot the biases of the conv", (216, 7845)),
    Row("count_parameters", WRONG, "all three", (80, 7845)),
    Row("count_parameters", WRONG, "bias of its own", (217, 7845)),
    Row("count_parameters", WRONG, "how many numbers come out", (29 * 29 * 8, 7845)),
    Row("count_parameters", WRONG, "forgot the biases of the dense", (224, 7840)),
    Row("count_parameters", WRONG, "*every* one", (224, 1573)),
    Row("count_parameters", WRONG, "all 8 feature maps", (224, 985)),
    # Notebook 04
    Row("after_compile", RIGHT, "changes no weight", ("b",)),
    Row("after_compile", RIGHT, "changes no weight", ("B.",)),
    Row("after_compile", WRONG, "shows the network no image", ("a",)),
    Row("after_compile", WRONG, "as soon as it is built", ("c",)),
    Row("after_compile", WRONG, "They are not 0", ("d",)),
    Row("after_compile", WRONG, "Random is not always wrong", ("e",)),
    Row("after_compile", WRONG, "one letter in quotes", (0.1,)),
    Row("loss_of_one_image", WRONG, "two decimals", (1.4,)),
    Row("loss_of_one_image", WRONG, "for the ship", (-np.log(0.05),)),
    Row("loss_of_one_image", RIGHT, "1.39", (-np.log(0.25),)),
    Row("loss_of_one_image", RIGHT, "1.39",
        lambda: (ONE_HOT()(np.array([0.0, 1, 0]), np.array([0.7, 0.25, 0.05])),)),
    Row("loss_of_one_image", RIGHT, "1.39", (1.386,)),
    Row("loss_of_one_image", WRONG, "never negative", (np.log(0.25),)),
    Row("loss_of_one_image", WRONG, "for the cat", (-np.log(0.7),)),
    Row("loss_of_one_image", WRONG, "base 10", (-np.log10(0.25),)),
    Row("loss_of_one_image", WRONG, "base 2", (-np.log2(0.25),)),
    Row("loss_of_one_image", WRONG, "lacks to 1", (0.75,)),
    Row("loss_of_one_image", WRONG, "probability itself", (0.25,)),
    Row("loss_of_one_image", WRONG, "lacks to 1", (-np.log(0.75),)),
    Row("loss_of_one_image", WRONG, "several", (-np.log([0.7, 0.25, 0.05]),)),
    Row("loss_of_one_image", WRONG, "Put the probability", (2.3,)),
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
    Row("gradient_step", RIGHT, "gets gentler", (1.6, 1.28)),
    Row("gradient_step", RIGHT, "gets gentler", (2 * 0.8, 2 * 0.8**2)),
    Row("gradient_step", WRONG, "uphill", (2.4, 2.88)),
    Row("gradient_step", WRONG, "learning rate alone", (1.9, 1.8)),
    Row("gradient_step", WRONG, "the whole slope", (-2, 2)),
    Row("gradient_step", WRONG, "twice the weight", (1.8, 1.62)),
    Row("gradient_step", WRONG, "size of the step", (0.4, 0.32)),
    Row("gradient_step", WRONG, "slope has changed", (1.6, 1.2)),
    Row("gradient_step", WRONG, "from the *new*", (1.6, 1.68)),
    Row("gradient_step", WRONG, "two decimals", (1.6, 1.3)),
    Row("gradient_step", WRONG, "at the new weight", (1.6, 0.9)),
    Row("choose_learning_rate", RIGHT, "Slow and steady", ("a", "b")),
    Row("choose_learning_rate", RIGHT, "Slow and steady", ("A", "(b)")),
    Row("choose_learning_rate", WRONG, "tinier still", ("b", "b")),
    Row("choose_learning_rate", WRONG, "hundreds of epochs", ("c", "b")),
    Row("choose_learning_rate", WRONG, "does its work", ("d", "b")),
    Row("choose_learning_rate", WRONG, "jump farther", ("a", "a")),
    Row("choose_learning_rate", WRONG, "after `nan`", ("a", "c")),
    Row("choose_learning_rate", WRONG, "what is too large", ("a", "d")),
    Row("count_steps", RIGHT, "2,345", (469, 2345)),
    Row("count_steps", RIGHT, "2,345", (-(-30_000 // 64), 5 * np.ceil(30_000 / 64))),
    Row("count_steps", WRONG, "The remainder", (468, 2340)),
    Row("count_steps", WRONG, "three-quarter", (468.75, 2343.75)),
    Row("count_steps", WRONG, "How many batches", (467, 2335)),
    Row("count_steps", WRONG, "number of images", (30_000, 150_000)),
    Row("count_steps", WRONG, "batch size", (64, 320)),
    Row("count_steps", WRONG, "one epoch", (469, 469)),
    Row("count_steps", WRONG, "not at the end", (469, 2344)),
    Row("count_steps", WRONG, "its own last", (469, 2340)),
    Row("best_epoch", RIGHT, "did not lower", (HISTORY["val_loss"].idxmin(),)),
    Row("best_epoch", RIGHT, "did not lower", (3,)),
    Row("best_epoch", WRONG, "it counted from 0", (HISTORY["val_loss"].argmin(),)),
    Row("best_epoch", WRONG, "lowest validation loss itself", (0.95,)),
    Row("best_epoch", WRONG, "highest", (HISTORY["val_loss"].idxmax(),)),
    Row("best_epoch", WRONG, "*training* loss", (6,)),
    Row("best_epoch", WRONG, "validation *accuracy*", (4,)),
    Row("best_epoch", WRONG, "Look for the smallest", (1,)),
    Row("best_epoch", WRONG, "Look for the smallest", (7,)),
    Row("best_epoch", WRONG, "several", (HISTORY["val_loss"],)),
    Row("inspect_curves", RIGHT, "the one to believe", ("b", "c", "b")),
    Row("inspect_curves", RIGHT, "the one to believe", ("B", " c", "b)")),
    Row("inspect_curves", WRONG, "Does it still fall", ("a", "c", "b")),
    Row("inspect_curves", WRONG, "has not levelled off", ("c", "c", "b")),
    Row("inspect_curves", WRONG, "swapped", ("d", "c", "b")),
    Row("inspect_curves", WRONG, "neither set is easier", ("b", "a", "b")),
    Row("inspect_curves", WRONG, "change no weight, at no time", ("b", "b", "b")),
    Row("inspect_curves", WRONG, "*when*", ("b", "d", "b")),
    Row("inspect_curves", WRONG, "New images are harder", ("b", "c", "a")),
    Row("inspect_curves", WRONG, "does not learn from test", ("b", "c", "c")),
    Row("inspect_curves", WRONG, "a good estimate", ("b", "c", "d")),
    Row("find_leak", RIGHT, "a little lucky", ("c",)),
    Row("find_leak", RIGHT, "a little lucky", ("C)",)),
    Row("find_leak", WRONG, "change no weight", ("a",)),
    Row("find_leak", WRONG, "any size", ("b",)),
    Row("find_leak", WRONG, "should it be", ("d",)),
    Row("find_leak", WRONG, "plenty", ("e",)),
    Row("find_leak", WRONG, "one letter", ("the test images",)),
    Row("diagnose", RIGHT, "Poor on both",
        ("underfitting", "overfitting", "neither", "d")),
    Row("diagnose", RIGHT, "Poor on both",
        ("Underfitting", "OVERFITTING ", "neither", "D")),
    Row("diagnose", WRONG, "both accuracies are low",
        ("overfitting", "overfitting", "neither", "d")),
    Row("diagnose", WRONG, "one of the two troubles",
        ("underfitting", "neither", "neither", "d")),
    Row("diagnose", WRONG, "hardly apart",
        ("underfitting", "overfitting", "overfitting", "d")),
    Row("diagnose", WRONG, "widen the gap",
        ("underfitting", "overfitting", "neither", "a")),
    Row("diagnose", WRONG, "more room to memorise",
        ("underfitting", "overfitting", "neither", "b")),
    Row("diagnose", WRONG, "falls slowly",
        ("underfitting", "overfitting", "neither", "c")),
    Row("diagnose", WRONG, "easier still",
        ("underfitting", "overfitting", "neither", "e")),
    Row("diagnose", WRONG, '"overfitting", "underfitting" or', ("bad", "b", "c", "d")),
    Row("dropout_by_hand", RIGHT, "Scaled survivors", ([2, 0, 6, 0], [1, 2, 3, 4])),
    Row("dropout_by_hand", RIGHT, "Scaled survivors",
        (np.array([[2.0, 0, 6, 0]]), np.arange(1, 5))),
    Row("dropout_by_hand", WRONG, "survivors are scaled", ([1, 0, 3, 0], [1, 2, 3, 4])),
    Row("dropout_by_hand", WRONG, "survivors grow",
        ([0.5, 0, 1.5, 0], [1, 2, 3, 4])),
    Row("dropout_by_hand", WRONG, "the ones switched off",
        ([0, 4, 0, 8], [1, 2, 3, 4])),
    Row("dropout_by_hand", WRONG, "training only", ([2, 0, 6, 0], [2, 0, 6, 0])),
    Row("dropout_by_hand", WRONG, "nothing is scaled",
        ([2, 0, 6, 0], [0.5, 1, 1.5, 2])),
    Row("dropout_by_hand", WRONG, "keeps the shape", ([2, 6], [1, 2, 3, 4])),
    Row("dropout_by_hand", WRONG, "What becomes of two", ([1, 2, 3, 4], [1, 2, 3, 4])),
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
    Row("train_dropout", WRONG, "was not kept",
        lambda: fitted(wrap=lambda history: ...)),
    Row("train_dropout", WRONG, "no dropout layer",
        lambda: fitted(build=lesson.models.build_intro)),
    Row("what_is_shown", RIGHT, "and no more", ("c",)),
    Row("what_is_shown", RIGHT, "and no more", ("C",)),
    Row("what_is_shown", WRONG, "one data set", ("a",)),
    Row("what_is_shown", WRONG, "more than dropout", ("b",)),
    Row("what_is_shown", WRONG, "not none", ("d",)),
    Row("what_is_shown", WRONG, "unlikely", ("e",)),
    Row("what_is_shown", WRONG, "one letter", ("f",)),
    Row("choose_fairly", RIGHT, "Chosen by validation", ("Q", 0.71)),
    Row("choose_fairly", RIGHT, "Chosen by validation", ("q", np.float64(0.71))),
    Row("choose_fairly", WRONG, "rewards memorising", ("P", 0.72)),
    Row("choose_fairly", WRONG, "no fair check", ("R", 0.73)),
    Row("choose_fairly", WRONG, "took part in the choice", ("Q", 0.74)),
    Row("choose_fairly", WRONG, "network knows", ("Q", 0.80)),
    Row("choose_fairly", WRONG, "which you have not chosen", ("Q", 0.73)),
    Row("choose_fairly", WRONG, "as a share", ("Q", 71)),
    # Notebook 05
    Row("lead_of_dropout", RIGHT, "is ahead", (0.668 - 0.656,)),
    Row("lead_of_dropout", RIGHT, "is ahead", (np.float32(0.012),)),
    Row("lead_of_dropout", WRONG, "Mind the sign", (0.656 - 0.668,)),
    Row("lead_of_dropout", WRONG, "quotient", (0.668 / 0.656,)),
    Row("lead_of_dropout", WRONG, "of the dropout network", (0.668,)),
    Row("lead_of_dropout", WRONG, "of the introductory network", (0.656,)),
    Row("lead_of_dropout", WRONG, "percentage points", (1.2,)),
    Row("lead_of_dropout", WRONG, "you added", (1.324,)),
    Row("lead_of_dropout", WRONG, "Rounded too far", (0.01,)),
    Row("lead_of_dropout", WRONG, "Subtract one entry", (0.5,)),
    Row("predict_names", RIGHT, "to names", (NAMES,)),
    Row("predict_names", RIGHT, "to names", (np.array(NAMES),)),
    Row("predict_names", WRONG, "class numbers", (PROBABILITIES[:10].argmax(axis=1),)),
    Row("predict_names", WRONG, "*place*", (PROBABILITIES[:10].max(axis=1),)),
    Row("predict_names", WRONG, "in their order", (lesson.data.CLASS_NAMES,)),
    Row("predict_names", WRONG, "Those are probabilities", (PROBABILITIES[:10],)),
    Row("predict_names", WRONG, "there are 9", (NAMES[:9],)),
    Row("predict_names", WRONG, "not the true classes", (["cat"] * 10,)),
    Row("predict_names", WRONG, "a list of ten", (NAMES[0],)),
    Row("predict_names", WRONG, "a list of ten", (dict.fromkeys(NAMES),)),
    Row("report_result", RIGHT, "decided nothing", ("b",)),
    Row("report_result", RIGHT, "decided nothing", ("B)",)),
    Row("report_result", WRONG, "best of 200", ("a",)),
    Row("report_result", WRONG, "still flattered", ("c",)),
    Row("report_result", WRONG, "would decide", ("d",)),
    Row("report_result", WRONG, "Nothing is wrong", ("e",)),
    Row("report_result", WRONG, "one letter", (0.70,)),
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
    Row("read_confusion_matrix", RIGHT, "60 of 100", (0.6, "hare", "rabbit")),
    Row("read_confusion_matrix", RIGHT, "60 of 100", (60 / 100, "Hares", " rabbits")),
    Row("read_confusion_matrix", WRONG, "What share", (60, "hare", "rabbit")),
    Row("read_confusion_matrix", WRONG, "Divide by the row",
        (60 / 91, "hare", "rabbit")),
    Row("read_confusion_matrix", WRONG, "all classes", (0.7, "hare", "rabbit")),
    Row("read_confusion_matrix", WRONG, "*not* recognised", (0.4, "hare", "rabbit")),
    Row("read_confusion_matrix", WRONG, "other way round", (0.6, "rabbit", "hare")),
    Row("read_confusion_matrix", WRONG, "not on the diagonal",
        (0.6, "fox", "rabbit")),
    Row("read_confusion_matrix", WRONG, "names in quotes", (0.6, 1, 2)),
    Row("trust_confidence", RIGHT, "nothing for others", ("c",)),
    Row("trust_confidence", RIGHT, "nothing for others", ("(C)",)),
    Row("trust_confidence", WRONG, "not like them", ("a",)),
    Row("trust_confidence", WRONG, "did its work", ("b",)),
    Row("trust_confidence", WRONG, "nothing about teapots", ("d",)),
    Row("trust_confidence", WRONG, "Not necessarily", ("e",)),
    Row("trust_confidence", WRONG, "one letter", (0.97,)),
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
    Row("in_the_file", RIGHT, "Layers and weights", (True, True, False, False)),
    Row("in_the_file", RIGHT, "Layers and weights",
        (np.True_, np.True_, np.False_, np.False_)),
    Row("in_the_file", WRONG, "no other code", (False, True, False, False)),
    Row("in_the_file", WRONG, "what it has learnt", (True, False, False, False)),
    Row("in_the_file", WRONG, "does not keep them", (True, True, True, False)),
    Row("in_the_file", WRONG, "knows no names", (True, True, False, True)),
    Row("in_the_file", WRONG, "without quotes", ("yes", "yes", "no", "no")),
]
# fmt: on
