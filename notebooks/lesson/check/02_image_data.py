"""The checks of notebook 02."""

import numpy as np

from lesson.check.answers import Choice, Number, Words
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet
from lesson.check.reading import array
from lesson.data import CLASS_NAMES

PIXELS = 200 * 48 * 64

read_shape = Exercise(
    "Check what the shape (200, 48, 64, 3) and the type uint8 say.",
    asks="132b4a",
    images=Number(200, {}, "The first number of the shape counts the images."),
    height=Number(48, {}, "The height is the number of rows, the second of the shape."),
    width=Number(64, {}, "The width is the number of columns, the third of the shape."),
    size=Number(PIXELS * 3, {
        PIXELS: "The size leaves out the colours: each pixel has three values.",
        48 * 64 * 3: "That is the size of one image. There are 200.",
        PIXELS * 3 * 8: "That is eight times too much: 8 *bits* are one byte.",
        PIXELS * 3 * 4: "That is four bytes for each value. A `uint8` takes one.",
        PIXELS * 3 / 1000**2: "Give the bytes, not megabytes.",
        PIXELS * 3 / 1000: "Give the bytes, not kilobytes.",
    }, "The size is the product of all four numbers of the shape, times the bytes of "
    "one value. A `uint8` takes one byte."),
    together=[({"height": 64, "width": 48},
        "Height and width are swapped: rows come first, then columns.")],
    right="The shape counts images, rows, columns and colours. Each value takes "
    "one byte.",
)


def _frogs(train_labels):
    frog = CLASS_NAMES.index("frog")
    first = np.bincount(train_labels[:1000, 0], minlength=10)
    right = int(first[frog])
    others = dict.fromkeys(
        set(first.tolist()) - {right},
        "That is how many images another class has. Frogs have the class number 6.",
    )
    return Number(right, {
        **others,
        int((train_labels == frog).sum()): "Those are the frogs among all images. "
        "Take only the first 1,000.",
        0: "The classes are numbers here, not names: compare with 6.",
        frog * right: "You added up the sixes. Count them.",
        1000: "That is how many images there are. Count only the frogs among them.",
    }, "Compare the first 1,000 class numbers with 6, and add up the result.",
    several="That is True or False for each image. Now `sum` them.")


count_frogs = Exercise(
    "Check the number of frogs among the first 1,000 training labels.",
    asks="90cece",
    given={"train_labels": np.empty((0, 1), int)},
    count=_frogs,
    right="The comparison gives `True` for each frog, and `sum` counts how many there "
    "are.",
)

rescale_twice = Exercise(
    "Check what becomes of images that were divided by 255 twice.",
    asks="2f32f7",
    answer=Choice("c",
        a="There is no error: for the model, 0.003 is as good a number as 0.8. That is "
        "what makes this mistake so hard to notice.",
        b="Dividing twice is not the same as dividing once: 255 becomes 1, and then "
        "about 0.004.",
        d="The layer does not look at the numbers first. It divides whatever it gets.",
        e="A layer does not change the type back. It divides once more."),
    right="All values lie between 0 and about 0.004, so every photo looks black to the "
    "model. It still answers, but mostly wrongly.",
)


@judge(asks="32a8f6")
def make_one_hot(rows=...):
    """Check the one-hot rows of a deer, an airplane and a truck."""
    rows = array(rows, "`rows`")
    if rows.shape == (10, 3):
        raise NotYet("Rows and columns are swapped: each image needs a row of ten.")
    if rows.shape != (3, 10):
        raise NotYet("The shape should be (3, 10), a row of ten numbers for each of "
            f"three images. Yours is {rows.shape}.")
    if not np.isin(rows, (0, 1)).all():
        raise NotYet("A one-hot row holds nothing but zeros and a one.")
    if (rows.sum(axis=1) != 1).any():
        raise NotYet("Each row should have exactly one 1: an image has one class.")
    places = rows.argmax(axis=1).tolist()
    if places == [5, 1, 9]:
        raise NotYet("Count the classes from 0: airplane is number 0, not 1.")
    for place, name in zip(places, ("deer", "airplane", "truck"), strict=True):
        if CLASS_NAMES[place] != name:
            raise NotYet(f"The row of the {name} has its 1 in place {place}, which "
                f"stands for {CLASS_NAMES[place]}.")
    return "One row for each image, one 1 in each row, in the place of the class."


def _set(right, mistakes):
    """Return the answer that names a set, the word "set" behind it or not."""
    names = {"training": "train", "validation": "val", "test": "test"}
    also = {short: name for name, short in names.items()}
    also |= {f"{word} set": name for name in names for word in (name, names[name])}
    return Words(right, mistakes, also=also)


which_set = Exercise(
    "Check which of the three sets serves which purpose, as three texts.",
    asks="570cd3",
    learn_from=_set("training", {
        name: f"If the network learnt from the {name} set, that set could no longer "
        "tell us how well the network does on new images."
        for name in ("validation", "test")
    }),
    choose_network=_set("validation", {
        "test": "If we chose by the test set, the choice would make its result look "
        "too good. The test set has to wait until everything is decided.",
        "training": "On the training set, the network that has memorised most would "
        "win. Choose by images that none of them has learnt from.",
    }),
    report=_set("test", {
        "validation": "The validation set took part in the choice, so its result is a "
        "little too good. Report the result on a set that took no part in it.",
        "training": "The network knows the training set. Report how it does on images "
        "that were used neither for training nor for any decision.",
    }),
    right="There is one set to learn from, one to decide with, and one to report on.",
)
