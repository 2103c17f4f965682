"""The checks of notebook 02."""

import numpy as np

from lesson.check.feedback import (
    NotYet,
    choose,
    exercise,
    match_number,
    number,
    numbers,
)
from lesson.data import CLASS_NAMES


@exercise
def read_shape(images=..., height=..., width=..., size=...):
    """Check what the shape (200, 48, 64, 3) and the type uint8 say."""
    given = [
        number(answer, f"`{name}`")
        for name, answer in zip(
            ("images", "height", "width", "size"),
            (images, height, width, size),
            strict=True,
        )
    ]
    if given[0] != 200:
        raise NotYet("The first number of the shape counts the images.")
    if given[1:3] == [64, 48]:
        raise NotYet("Height and width are swapped: rows come first, then columns.")
    if given[1] != 48:
        raise NotYet("The height is the number of rows, the second of the shape.")
    if given[2] != 64:
        raise NotYet("The width is the number of columns, the third of the shape.")
    pixels = 200 * 48 * 64
    match_number(
        size,
        pixels * 3,
        {
            pixels: "The size leaves out the colours: each pixel has three values.",
            48 * 64 * 3: "That is the size of one image. There are 200.",
            pixels * 3 * 8: "That is eight times too much: `uint8` has 8 *bits*, "
            "which is one byte.",
            pixels * 3 * 4: "That is four bytes for each value. A `uint8` takes one.",
            1.8432: "Give the bytes, not megabytes.",
            1843.2: "Give the bytes, not kilobytes.",
        },
        "The size is the product of all four numbers of the shape, times the bytes "
        "of one value. A `uint8` takes one byte.",
    )
    return "Images, rows, columns, colours; and one byte for each value."


@exercise
def count_frogs(count=..., *, train_labels):
    """Check the number of frogs among the first 1,000 training labels."""
    labels = np.asarray(train_labels)[:, 0]
    frog = CLASS_NAMES.index("frog")
    first = np.bincount(labels[:1000], minlength=10)
    others = dict.fromkeys(
        first.astype(float),
        "So many images has another class. Compare with 6, the number of the frogs.",
    )
    if isinstance(count, np.ndarray) and count.dtype == bool:
        raise NotYet("Those are True and False for each image. Now `sum` them.")
    match_number(
        count,
        first[frog],
        {
            **others,
            float((labels == frog).sum()): "Those are the frogs in all of the labels. "
            "Take the first 1,000 only.",
            0.0: "Labels are numbers, not names: compare with 6.",
            6.0 * first[frog]: "You added up the sixes. Count them.",
            1000.0: "That is the number of all labels. Count those that equal the "
            "frogs' number.",
        },
        "Compare the first 1,000 labels with the frogs' number, and add up how many "
        "are equal.",
    )
    return "Comparing an array with a number marks the places; `sum` counts them."


@exercise
def rescale_twice(answer=...):
    """Check what becomes of images that were divided by 255 twice."""
    return choose(
        answer,
        "c",
        {
            "a": "No error comes: to the model, 0.003 is as good a number as 0.8. "
            "That is what makes this mistake so hard to notice.",
            "b": "Divided twice is not divided once: 255 becomes 1, and then about "
            "0.004.",
            "c": "All values lie between 0 and about 0.004, so every photo looks "
            "black to the model. It answers all the same, and mostly wrongly.",
            "d": "The layer does not look at the numbers first. It divides whatever "
            "it gets.",
            "e": "A layer does not change the type back. It divides once more.",
        },
    )


@exercise
def make_one_hot(rows=...):
    """Check the one-hot rows of a deer, an airplane and a truck."""
    rows = numbers(rows, "`rows`")
    if rows.shape == (10, 3):
        raise NotYet("Rows and columns are swapped: each image needs a row of ten.")
    if rows.shape != (3, 10):
        raise NotYet(
            f"The shape should be (3, 10), a row of ten numbers for each of three "
            f"images. Yours is {rows.shape}."
        )
    if not np.isin(rows, (0, 1)).all():
        raise NotYet("A one-hot row holds nothing but zeros and a one.")
    if (rows.sum(axis=1) != 1).any():
        raise NotYet("Each row should have exactly one 1: an image has one class.")
    places = rows.argmax(axis=1).tolist()
    if places == [5, 1, 0] or places == [5, 1, 9]:
        raise NotYet("Count the classes from 0: airplane is number 0, not 1.")
    for place, name in zip(places, ("deer", "airplane", "truck"), strict=True):
        if CLASS_NAMES[place] != name:
            raise NotYet(
                f"The row of the {name} has its 1 in place {place}, which stands for "
                f"{CLASS_NAMES[place]}."
            )
    return "One row for each image, one 1 in each row, in the place of the class."


SETS = {
    "training": "training set",
    "validation": "validation set",
    "test": "test set",
}


@exercise
def which_set(learn_from=..., choose_network=..., report=...):
    """Check which of the three sets serves which purpose, as three texts."""
    given = []
    for answer in (learn_from, choose_network, report):
        word = answer.lower().split()[0] if isinstance(answer, str) else None
        word = {"train": "training", "val": "validation"}.get(word, word)
        if word not in SETS:
            raise NotYet('Answer with "training", "validation" or "test".')
        given.append(word)
    if given[0] != "training":
        raise NotYet(
            f"If the network learnt from the {SETS[given[0]]}, that set could not "
            "tell any more how it does on new images."
        )
    if given[1] == "test":
        raise NotYet(
            "If the test set decided between the networks, its result would be "
            "flattered by the choice. It has to wait until all is decided."
        )
    if given[1] == "training":
        raise NotYet(
            "On the training set, the network that has memorised most would win. "
            "Choose by images that it has not learnt from."
        )
    if given[2] == "validation":
        raise NotYet(
            "The validation set has taken part in the choice, so its result is a "
            "little too good. Report that of the set that has decided nothing."
        )
    if given[2] == "training":
        raise NotYet(
            "The network knows the training set. Report how it does on images that "
            "neither training nor any decision has touched."
        )
    return "Learn, decide, report: a set for each."
