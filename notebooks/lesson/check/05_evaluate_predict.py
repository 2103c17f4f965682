"""The checks of notebook 05."""

import numpy as np
from PIL import Image

from lesson.check.answers import Choice, Flag, Number, Words
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet
from lesson.check.reading import array
from lesson.data import CLASS_NAMES


def _lead(val_accuracy):
    intro, dropout = val_accuracy["intro"], val_accuracy["dropout"]
    lead = dropout - intro
    return Number(
        lead,
        {
            intro - dropout: "Mind the sign: the lead of dropout is its accuracy minus "
            "the other.",
            dropout / intro: "That is the quotient. By how much is it ahead? Subtract.",
            dropout: "That is the accuracy of the dropout network. By how much is it "
            "ahead of the other?",
            intro: "That is the accuracy of the introductory network. By how much is "
            "the other one ahead?",
            dropout + intro: "Subtract the two; you added them.",
            (100 * lead - 0.06, 100 * lead + 0.06): "Those are percentage points. "
            "Give the difference of the shares.",
            (lead - 0.006, lead + 0.006): "Rounded too far. Hand over the difference "
            "as Python gives it.",
        },
        "Subtract one entry of `val_accuracy` from the other.",
        within=0.0006,
    )


lead_of_dropout = Exercise(
    "Check by how much the dropout CNN's validation accuracy is ahead.",
    given={"val_accuracy": {"intro": 0.656, "dropout": 0.668}},
    lead=_lead,
    right="By this much the dropout network is ahead at the last epoch.",
)


RNG = np.random.default_rng(1)


@judge(probabilities=RNG.dirichlet(np.ones(10), 30))
def predict_names(names=..., *, probabilities):
    """Check the predicted class names of the first ten test images."""
    right = [CLASS_NAMES[i] for i in probabilities[:10].argmax(axis=1)]
    if isinstance(names, np.ndarray) and names.ndim and len(names) <= 1000:
        names = names.tolist()
    if not isinstance(names, list | tuple):
        raise NotYet("`names` should be a list of ten names, one for each image.")
    kinds = {type(name) for name in names}
    if any(issubclass(kind, list | np.ndarray) for kind in kinds):
        raise NotYet(
            "Those are probabilities. `argmax` finds the place of the largest."
        )
    if any(issubclass(kind, int | np.integer) for kind in kinds):
        raise NotYet("Those are class numbers. `class_names` turns them into names.")
    if any(issubclass(kind, float | np.floating) for kind in kinds):
        raise NotYet(
            "Those are probabilities. `argmax` finds the *place* of the largest."
        )
    if not all(issubclass(kind, str) for kind in kinds):
        raise NotYet("`names` should hold texts, the names of classes.")
    if list(names) == list(CLASS_NAMES):
        raise NotYet(
            "Those are all ten names in their order. Which ones are predicted?"
        )
    if len(names) != 10:
        raise NotYet(
            f"There should be ten names, and there are {len(names)}. Take the first "
            "ten rows, and the largest number of each: `axis=1`."
        )
    wrong = [i for i, (a, b) in enumerate(zip(names, right, strict=True)) if a != b]
    if wrong:
        raise NotYet(
            f"Image {wrong[0]}: the largest probability is that of {right[wrong[0]]}. "
            "Are yours the predictions, not the true classes?"
        )
    return "From probabilities to numbers, and from numbers to names."


report_result = Exercise(
    "Check which result a team publishes.",
    answer=Choice(
        "b",
        {
            "a": "0.75 is the best of 200, picked for being the best: some of it is "
            "luck on these very images.",
            "c": "The mean of a flattered number and a fair one is still flattered.",
            "d": "Then the test images would decide, and their number would be "
            "flattered, too.",
            "e": "Nothing is wrong with it: a choice among 200 flatters the "
            "validation accuracy.",
        },
    ),
    right="The test images decided nothing, so 0.70 is what to expect on new "
    "photos. And readers should know how the network was chosen.",
)


TRUE = np.repeat(np.arange(10), 5)


# A third of them is taken for the next class
@judge(
    true_classes=TRUE,
    predicted_classes=np.where(np.arange(50) % 3, TRUE, (TRUE + 1) % 10),
)
def build_confusion_matrix(matrix=..., *, true_classes, predicted_classes):
    """Check a confusion matrix: a row for each true class, counts of images."""
    right = np.zeros((10, 10))
    np.add.at(right, (true_classes, predicted_classes), 1)
    matrix = array(matrix, "`matrix`")
    if matrix.shape != right.shape:
        raise NotYet(
            f"There are ten classes, so the shape should be (10, 10). Yours is "
            f"{matrix.shape}."
        )
    if (matrix == right).all():
        return "Row: what it is. Column: what the model says."
    if (matrix == right.T).all():
        raise NotYet("Rows and columns are swapped: the true classes come first.")
    if np.allclose(matrix.sum(axis=1), 1) or np.isclose(matrix.sum(), 1):
        raise NotYet("Those are shares. Keep the counts, as they come.")
    if (matrix == np.diag(np.diag(right))).all():
        raise NotYet("Only the right answers are there. Count the mistakes, too.")
    if (matrix == np.diag(np.diag(matrix))).all():
        raise NotYet(
            "All images lie on the diagonal, as if none were mistaken. Compare the "
            "true classes with the *predicted* ones."
        )
    raise NotYet(
        "Some counts are wrong. Hand over all true classes first, then all predicted "
        "classes."
    )


def _animal(right):
    """Return the answer that names an animal, in the singular or the plural."""
    names = ("fox", "hare", "rabbit")
    far = "Find the largest number that is not on the diagonal."
    also = {"foxes": "fox", "hares": "hare", "rabbits": "rabbit"}
    return Words(right, {name: far for name in names if name != right}, also=also)


read_confusion_matrix = Exercise(
    "Check what a small confusion matrix of foxes, hares and rabbits says.",
    hare_accuracy=Number(
        0.6,
        {
            60.0: "60 hares were recognised. What share of the hares is that?",
            60 / 91: "You divided by the column, by all that were *called* hares. "
            "Divide by the row: by all that *are* hares.",
            0.7: "That is the accuracy of all classes together. Take the row of the "
            "hares alone.",
            0.4: "That is the share of hares that were *not* recognised.",
            0.8: "That is the row of the foxes.",
            60 / 300: "You divided by all animals. Divide by the hares alone.",
        },
        "The number on the diagonal, divided by the sum of its row.",
    ),
    true_name=_animal("hare"),
    predicted_name=_animal("rabbit"),
    together=[
        (
            {"true_name": "rabbit", "predicted_name": "hare"},
            "The other way round is more frequent. The row says what it is, the "
            "column what it was taken for.",
        )
    ],
    right="60 of 100 hares, and 30 more of them were taken for rabbits.",
)


trust_confidence = Exercise(
    "Check what 0.97 for a photo of a teapot is worth.",
    answer=Choice(
        "c",
        {
            "a": "It would be so for photos like those of the collection. A teapot "
            "is not like them.",
            "b": "Softmax did its work: it made ten numbers that add up to 1. None "
            'of them can mean "no ship, no truck, nothing of the kind".',
            "d": "More training on the same ten classes teaches it nothing about "
            "teapots.",
            "e": "Not necessarily. Noise looks like nothing at all, and got high "
            "probabilities, too.",
        },
    ),
    right="Confidence means something for photos like those in training, and "
    "nothing for others. The model has to name one of its ten classes.",
)


# Large pixels, so that it hardly matters how a photo is made smaller
PHOTO = RNG.integers(0, 256, (4, 8, 3), dtype="uint8")


@judge(photo=PHOTO.repeat(16, axis=0).repeat(16, axis=1))
def prepare_photo(batch=..., *, photo):
    """Check a photo's largest square from the middle, made 32 × 32, as a batch."""
    given = array(batch, "`batch`")
    if given.shape == (32, 32, 3):
        raise NotYet(
            "The image is there, and the batch is missing: put an axis in front, "
            "with `np.newaxis`."
        )
    if given.shape == (32, 32) or given.shape == (1, 32, 32):
        raise NotYet("The colours are gone. The model wants three values a pixel.")
    if given.shape != (1, 32, 32, 3):
        raise NotYet(
            f"The shape should be (1, 32, 32, 3), a batch of one. Yours is "
            f"{given.shape}."
        )
    if given.max() <= 1.5 < photo.max():
        raise NotYet(
            "Do not divide by 255: `Rescaling` inside the model does it, and twice "
            "is once too often."
        )
    side = min(photo.shape[:2])
    top, left = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
    square = photo[top : top + side, left : left + side]
    if _differ(given, _shrink(square)) < 16:
        return "A square from the middle, 32 × 32, raw values, a batch of one."
    if _differ(given, _shrink(photo)) < 16:
        raise NotYet(
            "The whole photo was squeezed into a square, which distorts it. Cut the "
            "square out first."
        )
    if _differ(given, _shrink(photo[:side, :side])) < 16:
        raise NotYet("Cut the square out of the middle, not at the left edge.")
    middle = photo[
        photo.shape[0] // 2 - 16 : photo.shape[0] // 2 + 16,
        photo.shape[1] // 2 - 16 : photo.shape[1] // 2 + 16,
    ]
    if middle.shape == (32, 32, 3) and _differ(given, middle) < 16:
        raise NotYet(
            "You cut out 32 × 32 pixels. Cut out the *largest* square, 64 × 64, and "
            "shrink it."
        )
    raise NotYet(
        "That is not the middle of this photo. Cut with "
        "`photo[top : top + side, left : left + side]`, then make it small."
    )


def _shrink(image):
    """Return an image as an array of shape (32, 32, 3)."""
    return np.asarray(Image.fromarray(image).resize((32, 32)), dtype=float)


def _differ(batch, image):
    """Return the mean distance of two images' values, whichever filter shrank them."""
    return np.abs(batch[0] - image).mean()


in_the_file = Exercise(
    "Check what a .keras file holds, as four answers True or False.",
    architecture=Flag(
        True,
        otherwise="`architecture`: whoever loads the file needs no other code to use "
        "the model.",
    ),
    weights=Flag(
        True,
        otherwise="`weights`: the loaded model gave the same answers, so what it has "
        "learnt is there.",
    ),
    training_images=Flag(
        False,
        otherwise="`training_images`: the model has learnt from the images and does "
        "not keep them; the file would be sixty times as large.",
    ),
    class_names_too=Flag(
        False,
        otherwise="`class_names_too`: the model answers with ten numbers and knows no "
        "names. That is why we will write them down, below.",
    ),
    right="Layers and weights travel; images and names do not.",
)
