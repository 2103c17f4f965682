"""The checks of notebook 06."""

import itertools

import numpy as np
from PIL import Image

from lesson.check.answers import Choice, Flag, Number, Words
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet
from lesson.check.reading import array, plain
from lesson.data import CLASS_NAMES

CLOSE = 0.0006  # a lead may be rounded to three digits


def _lead(val_accuracy):
    intro, dropout = val_accuracy["intro"], val_accuracy["dropout"]
    lead = dropout - intro
    return Number(lead, {
        intro - dropout: "Mind the sign: subtract the accuracy of the other network.",
        dropout / intro: "That is the quotient. By how much is it ahead? Subtract.",
        dropout: "That is the accuracy of the dropout network. By how much is "
        "it ahead?",
        intro: "That is the accuracy of the other network. By how much is it behind?",
        dropout + intro: "You added the two. Subtract one from the other.",
        (100 * (lead - CLOSE), 100 * (lead + CLOSE)): "That is in percentage points. "
        "Subtract the accuracies as they are, from 0 to 1.",
        (lead - 10 * CLOSE, lead + 10 * CLOSE): "That is rounded too far. Take it as "
        "Python gives it.",
    }, "Subtract one entry of `val_accuracy` from the other.", within=CLOSE)


lead_of_dropout = Exercise(
    "Check by how much the dropout CNN's validation accuracy is ahead.",
    asks="9c7708",
    given={"val_accuracy": {"intro": 0.656, "dropout": 0.668}},
    lead=_lead,
    right="By this much the dropout network is ahead at the last epoch.",
)


@judge(asks="d8e524", probabilities=np.empty((0, 10)))
def predict_names(names=..., *, probabilities):
    """Check the predicted class names of the first ten test images."""
    right = [CLASS_NAMES[i] for i in probabilities[:10].argmax(axis=1)]
    names = plain(names)
    if isinstance(names, np.ndarray) and names.ndim:
        names = names[:1000].tolist()
    if not isinstance(names, list):
        raise NotYet("`names` should be a list of ten names, one for each image.")
    if any(isinstance(name, list | np.ndarray | float | np.floating) for name in names):
        raise NotYet("Those are probabilities. `argmax` finds the *place* of the "
            "largest.")
    if any(isinstance(name, int | np.integer) for name in names):
        raise NotYet("Those are class numbers. `class_names` turns them into names.")
    if not all(isinstance(name, str) for name in names):
        raise NotYet("`names` should hold texts, the names of classes.")
    names = [name.strip().lower() for name in names]
    if names == list(CLASS_NAMES):
        raise NotYet("Those are the names of all classes in their order. Which "
            "ones does the model predict?")
    if len(names) != 10:
        raise NotYet(f"There should be ten names, and there are {len(names)}. Take "
            "the first ten rows, and the largest number of each: `axis=1`.")
    for place, (name, predicted) in enumerate(zip(names, right, strict=True)):
        if name != predicted:
            raise NotYet(f"Image {place}: the largest probability is that of "
                f"{predicted}. Are yours the predictions, not the true classes?")
    return "You went from probabilities to numbers, and from numbers to names."


report_result = Exercise(
    "Check which result a team publishes.",
    asks="aec516",
    answer=Choice("b",
        a="0.75 is the best of 200: some of it is luck on these very images.",
        c="The mean of a flattered number and a fair one is still flattered.",
        d="Then the test images would decide, and their result would be too good.",
        e="Nothing is wrong: a choice among 200 flatters the validation accuracy."),
    right="The test images decided nothing, so 0.70 is what to expect on new photos. "
    "And readers should know how the network was chosen.",
)


@judge(asks="cc1073", true_classes=np.empty(0, int), predicted_classes=np.empty(0, int))
def build_confusion_matrix(matrix=..., *, true_classes, predicted_classes):
    """Check a confusion matrix: a row for each true class, counts of images."""
    right = np.zeros((10, 10))
    np.add.at(right, (true_classes, predicted_classes), 1)
    matrix = array(matrix, "`matrix`")
    if matrix.shape != right.shape:
        raise NotYet("There are ten classes, so the shape should be (10, 10). Yours is "
            f"{matrix.shape}.")
    if (matrix == right).all():
        return "The row says what an image shows, the column what the model says it is."
    if not matrix.any():
        raise NotYet("There are only zeros: nothing is counted yet.")
    if (matrix == right.T).all():
        raise NotYet("Rows and columns are swapped: the true classes come first.")
    if any(np.allclose(matrix.sum(axis=axis), 1) for axis in (0, 1, None)):
        raise NotYet("Those are shares. Keep the counts as they are.")
    if (matrix == np.diag(np.diag(right))).all():
        raise NotYet("Only the right answers are there. Count the mistakes, too.")
    if (matrix == np.diag(np.diag(matrix))).all():
        raise NotYet("All images lie on the diagonal, as if none were mistaken. "
            "Compare the true classes with the *predicted* ones.")
    raise NotYet("Some counts are wrong. Give `confusion_matrix` all true classes "
        "first, and then all predicted ones.")


def _animal(right):
    """Return the answer that names an animal, in the singular or the plural."""
    names = ("fox", "hare", "rabbit")
    far = "Find the largest number that is not on the diagonal."
    also = {"foxes": "fox", "hares": "hare", "rabbits": "rabbit"}
    return Words(right, {name: far for name in names if name != right}, also=also)


read_confusion_matrix = Exercise(
    "Check what a small confusion matrix of foxes, hares and rabbits says.",
    asks="94d96c",
    hare_accuracy=Number(0.6, {
        60.0: "60 hares were recognised. What share of the hares is that?",
        60 / (5 + 60 + 26): "You divided by the sum of the column: by all that were "
        "*called* hares. Divide by the sum of the row: by all that *are* hares.",
        (80 + 60 + 70) / (100 + 100 + 100): "That is the accuracy of all classes. "
        "Take the row of the hares.",
        (10 + 30) / 100: "That is the share of hares that were *not* recognised.",
        80 / 100: "That is the row of the foxes.",
        60 / (100 + 100 + 100): "You divided by all animals. Divide by the hares "
        "alone.",
    }, "Divide the number on the diagonal by the sum of its row."),
    true_name=_animal("hare"),
    predicted_name=_animal("rabbit"),
    together=[({"true_name": "rabbit", "predicted_name": "hare"},
        "The opposite mistake is more frequent: the rows are the true classes.")],
    right="60 of 100 hares were recognised, and 30 were taken for rabbits.",
)

trust_confidence = Exercise(
    "Check what 0.97 for a photo of a teapot is worth.",
    asks="29dfb4",
    answer=Choice("c",
        a="That would hold for photos like those in training, but not for teapots.",
        b="Softmax did its work: it made ten numbers that add up to 1. None "
        'of them can mean "no ship, no truck, nothing of the kind".',
        d="More training on the same ten classes teaches it nothing about teapots.",
        e="Not necessarily. Noise got high probabilities, too."),
    right="Confidence means something for photos like those in training, and nothing "
    "for others. The model has to name one of its ten classes.",
)

SWAPPED = "The colours are swapped. Keep their order: red, green, blue."
TURNED = "The picture is turned or mirrored. Keep rows and columns as they are."
SQUEEZED = ("The whole photo was squeezed into a square, which distorts it. Cut the "
    "square out first.")
LARGEST = ("You cut out 32 × 32 pixels. Cut out the *largest* square, {side} × {side}, "
    "and shrink it.")
EDGE = "Cut the square out of the middle, not at the edge."
BESIDE = "The square lies beside the middle. Leave as much on one side as on the other."


@judge(asks="5978e7", photo=np.empty((0, 0, 3), "uint8"))
def prepare_photo(batch=..., *, photo):
    """Check a photo's largest square from the middle, made 32 × 32, as a batch."""
    given = array(batch, "`batch`")
    if given.shape == (32, 32, 3):
        raise NotYet("This is not a batch yet: put an axis in front with `np.newaxis`.")
    if given.shape in ((32, 32), (1, 32, 32), (1, 32, 32, 1)):
        raise NotYet("The colours are gone. The model wants three numbers per pixel.")
    if given.shape != (1, 32, 32, 3):
        raise NotYet("The shape should be (1, 32, 32, 3), a batch of one, not "
            f"{given.shape}.")
    if given.max() <= photo.max() / 16:
        raise NotYet("Do not divide by 255: `Rescaling` inside the model does that "
            "already.")
    # Nobody knows how the photo was made smaller; so the picture is compared with all
    # that it could be, and in doubt it is the first
    found = [(_distance(given, image), said) for image, said in _squares(photo)]
    distance, said = min(found, key=lambda each: each[0])
    if distance >= 16:
        raise NotYet("That is not the middle of this photo. Cut with `photo[top : top "
            "+ side, left : left + side]`, and then shrink the square.")
    if said:
        raise NotYet(said)
    return ("This is a batch of one: a square from the middle, 32 × 32, with "
        "raw values.")


def _squares(photo):
    """Yield the right part of a photo, then mistaken ones, each with what to say."""
    photo = photo.astype("uint8")
    side = min(photo.shape[:2])
    spare = max(photo.shape[:2]) - side
    wide = photo.shape[1] > side

    def cut(place):
        return photo[:, place:][:, :side] if wide else photo[place:][:side]

    for place in (spare // 2, (spare + 1) // 2):
        yield cut(place), None
    square = cut(spare // 2)
    for colours in itertools.permutations(range(3)):
        yield square[:, :, colours], SWAPPED
    for turns, mirrored in itertools.product(range(4), (1, -1)):
        yield np.rot90(square, turns)[:, ::mirrored], TURNED
    yield photo, SQUEEZED
    middle = [slice(size // 2 - 16, size // 2 + 16) for size in photo.shape[:2]]
    if side > 32:
        yield photo[tuple(middle)], LARGEST.format(side=side)
    for place in range(0, spare + 1, spare // 128 + 1):
        yield cut(place), EDGE if place in (0, spare) else BESIDE


def _distance(batch, image):
    """Return the mean distance of values, in the nearest way to shrink an image."""
    whole = Image.fromarray(np.ascontiguousarray(image))
    small = [whole.resize((32, 32), way) for way in Image.Resampling]
    step = image.shape[0] // 32
    if image.shape[:2] == (32 * step, 32 * step):
        small.append(image[::step, ::step])
    return min(np.abs(batch[0] - np.asarray(each, float)).mean() for each in small)


in_the_file = Exercise(
    "Check what a .keras file holds, as four answers True or False.",
    asks="6ed3f8",
    architecture=Flag(True, otherwise="whoever loads the file needs no other code to "
    "use the model."),
    weights=Flag(True, otherwise="the loaded model answers the same, so what it has "
    "learnt is there."),
    training_images=Flag(False, otherwise="the model has learnt from the images and "
    "does not keep them; the file would be sixty times as large."),
    class_names_too=Flag(False, otherwise="the model answers with ten numbers and "
    "knows no names. That is why we will write them down below."),
    right="The layers and their weights are in the file; images and names are not.",
)
