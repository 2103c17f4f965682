"""The checks of notebook 04."""

import math

import keras
import pandas as pd

from lesson.check.answers import Choice, Number, Numbers, Words
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet, Unchanged
from lesson.check.reading import is_blank, layers_of, loss_of

ONE_HOT = "CategoricalCrossentropy"
SPARSE = "SparseCategoricalCrossentropy"


after_compile = Exercise(
    "Check what a network answers between compile and fit.",
    answer=Choice(
        "b",
        {
            "a": "`compile` shows the network no image, so it cannot have learnt "
            "anything from it.",
            "c": "A network can predict as soon as it is built. `compile` is needed "
            "for training and measuring.",
            "d": "The weights have random values from the start, and `compile` leaves "
            "them alone. They are not 0.",
            "e": "Random is not always wrong: among ten classes, chance hits the "
            "right one in one case out of ten.",
        },
    ),
    right="`compile` changes no weight. They are as random as before, and so "
    "are the answers: about one in ten is right.",
)


loss_of_one_image = Exercise(
    "Check the cross-entropy of one image whose right class got 0.25.",
    loss=Number(
        -math.log(0.25),
        {
            math.log(0.25): "Mind the minus sign in front of the logarithm: a loss is "
            "never negative.",
            -math.log(0.7): "That is for the cat. The loss looks at the probability "
            "of the *right* class, the truck.",
            -math.log(0.75): "Take the logarithm of the probability of the right "
            "class itself, not of what it lacks to 1.",
            1.4: "Nearly. Give at least two decimals.",
            -math.log(0.05): "That is for the ship. The photo shows a truck.",
            -math.log10(0.25): "Take the natural logarithm, `np.log`, not that to "
            "base 10.",
            -math.log2(0.25): "Take the natural logarithm, `np.log`, not that to "
            "base 2.",
            0.75: "That is how much the probability lacks to 1. The loss is −ln(p).",
            0.25: "That is the probability itself. The loss is −ln(p).",
        },
        "Put the probability of the right class into −ln(p).",
    ),
    right="−ln(0.25) is about 1.39; for the probability 0.6 above, it was 0.51.",
)


@judge()
def choose_loss(loss_a=..., loss_b=..., loss_c=...):
    """Check the losses for three pairs of labels and output layer."""
    wanted = {
        "a": (loss_a, ONE_HOT, False),
        "b": (loss_b, SPARSE, False),
        "c": (loss_c, ONE_HOT, True),
    }
    for letter, (answer, name, from_logits) in wanted.items():
        found, logits = loss_of(answer)
        if found not in (ONE_HOT, SPARSE):
            raise NotYet(
                f"`loss_{letter}` is {found}, which is no cross-entropy for choosing "
                "one class out of several."
            )
        if found != name:
            labels = "one-hot" if name == ONE_HOT else "class numbers"
            raise NotYet(
                f"`loss_{letter}`: the labels are {labels}. Which of the two "
                "functions is for those?"
            )
        if logits and not from_logits:
            raise NotYet(
                f"`loss_{letter}`: the last layer has softmax, so it hands over "
                "probabilities, and not raw scores."
            )
        if from_logits and not logits:
            raise NotYet(
                f"`loss_{letter}`: without softmax, the last layer hands over raw "
                "scores. Which argument tells the loss?"
            )
    return "The labels decide about sparse or not, the last layer about `from_logits`."


@judge()
def fix_compile(model=...):
    """Check that the two mistakes in a call of compile are mended."""
    layers_of(model)  # is it a model?
    try:
        settings = model.get_compile_config()
    except Exception:  # Keras cannot write down a loss that is a class
        raise NotYet("Is the loss complete, with its parentheses?") from None
    if not settings:
        raise NotYet("The model is not compiled.")
    name, logits = loss_of(settings["loss"])
    if name == SPARSE and logits:
        raise Unchanged
    if name == SPARSE:
        raise NotYet(
            "One mistake is mended. The other: these labels are one-hot, and this "
            "loss is for class numbers."
        )
    if name == ONE_HOT and logits:
        raise NotYet(
            "One mistake is mended. The other: the network ends with softmax, and "
            "hands over probabilities, not raw scores."
        )
    if name != ONE_HOT:
        raise NotYet(f"{name} is not made for choosing one class out of ten.")
    if "accuracy" not in str(settings.get("metrics")):
        raise NotYet('Keep `metrics=["accuracy"]`, to see how the training goes.')
    return "One-hot labels and softmax: now the loss suits both."


gradient_step = Exercise(
    "Check two steps of gradient descent on weight**2, from 2 with the rate 0.1.",
    first=Number(
        1.6,
        {
            2.4: "That is uphill. The learning rate times the slope is *subtracted*.",
            1.9: "You subtracted the learning rate alone. Multiply it by the slope "
            "first, which is 4 here.",
            -2.0: "You subtracted the whole slope. Multiply it by the learning rate "
            "first.",
            1.8: "The slope is twice the weight: 4, not 2.",
            0.4: "That is the size of the step. Where does it lead?",
        },
        "New weight = weight − learning rate × slope, and the slope is twice the "
        "weight.",
    ),
    second=Number(
        1.28,
        {
            1.2: "The slope has changed: at 1.6 it is 3.2, not 4 any more.",
            1.92: "That is uphill. Subtract once more.",
            1.5: "Multiply the learning rate by the slope at 1.6.",
            1.44: "The slope is twice the weight: 3.2 at 1.6.",
            1.6: "That is where the first step led. Go on from there.",
            1.68: "Subtract from the *new* weight, 1.6.",
            0.32: "That is the size of the step. Where does it lead?",
            1.3: "Nearly. Give at least two decimals.",
        },
        "For the second step, take the slope at the new weight.",
    ),
    right="The steps get shorter by themselves, as the slope gets gentler.",
)


choose_learning_rate = Exercise(
    "Check what to do about the learning rates of two trainings.",
    slow=Choice(
        "a",
        {
            "b": "`slow`: the loss falls steadily, by tiny steps. A smaller rate "
            "would make them tinier still.",
            "c": "`slow`: at this pace it would take hundreds of epochs. What makes "
            "the steps longer?",
            "d": "`slow`: the loss falls, so it does its work. Only the steps are "
            "tiny.",
        },
    ),
    wild=Choice(
        "b",
        {
            "a": "`wild`: the steps jump over the valley already. Larger ones would "
            "jump farther.",
            "c": "`wild`: after `nan` there is nothing left to train, however long.",
            "d": "`wild`: the loss function is the same that worked before. Each step "
            "lands higher than the one before: what is too large?",
        },
    ),
    right="Slow and steady: ten times as large. Jumping, or `nan`: a tenth.",
)


count_steps = Exercise(
    "Check the steps of one epoch and of five, for 30,000 images in batches of 64.",
    steps=Number(
        469,
        {
            468: "The remainder of 48 images makes a step, too: round up.",
            468.75: "There is no three-quarter step: round up.",
            30_000: "That is the number of images. A step takes 64 of them.",
            64: "That is the batch size. How many batches make 30,000 images?",
            30_000 * 64: "Divide the images by the batch size; you multiplied.",
        },
        "How many batches of 64 does it take to see all 30,000 images?",
    ),
    all_steps=Number(
        2345,
        {
            469: "That is one epoch. There are five.",
            2344: "Round up in each epoch, not at the end: each has its own last, "
            "smaller batch.",
            2343.75: "Round up in each epoch: each has its own last, smaller batch.",
            2340: "Round up in each epoch: each has its own last, smaller batch.",
            150_000: "Those are the images seen in five epochs. How many steps?",
        },
        "Five epochs: five times the steps of one.",
    ),
    right="468 full batches and one of 48 images; five times that, 2,345 steps.",
)


def _best_epoch(history_df):
    right = int(history_df["val_loss"].argmin()) + 1
    mistakes = {  # where two are the same number, the later one is told
        right - 1: "Close. If Python gave you this number, it counted from 0: take "
        "`idxmin`. If you read the figure, look at the table.",
        int(history_df["val_loss"].argmax()) + 1: "There it was highest. A lower loss "
        "is better.",
        int(history_df["loss"].argmin()) + 1: "That is where the *training* loss was "
        "lowest.",
        int(history_df["val_accuracy"].argmax()) + 1: "That is where the validation "
        "*accuracy* was highest, which need not be the same epoch.",
        float(history_df["val_loss"].min()): "That is the lowest validation loss "
        "itself. In which epoch was it reached?",
    }
    return Number(right, mistakes, "Look for the smallest number in `val_loss`.")


best_epoch = Exercise(
    "Check in which epoch, counted from 1, the validation loss was lowest.",
    given={
        "history_df": pd.DataFrame(
            {
                "loss": [1.5, 1.2, 1.0, 0.9, 0.8, 0.7],
                "accuracy": [0.4, 0.5, 0.6, 0.65, 0.7, 0.73],
                "val_loss": [1.3, 1.1, 0.95, 1.0, 1.4, 1.2],
                "val_accuracy": [0.5, 0.6, 0.62, 0.63, 0.61, 0.62],
            },
            index=pd.RangeIndex(1, 7, name="epoch"),
        )
    },
    epoch=_best_epoch,
    right="From there on, more training did not lower the validation loss.",
)


inspect_curves = Exercise(
    "Check how the training curves of the introductory network are read.",
    losses=Choice(
        "b",
        {
            "a": "`losses`: follow the dashed line to its end. Does it still fall?",
            "c": "`losses`: the solid line has not levelled off. It falls to the end.",
            "d": "`losses`: solid is training, dashed is validation. You have "
            "swapped them.",
        },
    ),
    start=Choice(
        "c",
        {
            "a": "`start`: the images were drawn at random, so neither set is easier.",
            "b": "`start`: validation images change no weight, at no time.",
            "d": "`start`: the weights start at random for both. Think of *when* the "
            "two are measured.",
        },
    ),
    test=Choice(
        "b",
        {
            "a": "`test`: the solid line is about images that the network has learnt "
            "from. New images are harder.",
            "c": "`test`: the network does not learn from test images. They are to it "
            "what the validation images are.",
            "d": "`test`: there is a good estimate. Which line is about images that "
            "changed no weight?",
        },
    ),
    right="The training loss falls on, the validation loss levels off and rises a "
    "little; the dashed line is the one to believe.",
)


find_leak = Exercise(
    "Check what is wrong with a fit that is validated on the test images.",
    answer=Choice(
        "c",
        {
            "a": "Validation data change no weight, whichever images they are. It is "
            "the colleague who learns from them.",
            "b": "The validation data may have any size. Look at which images they "
            "are.",
            "d": "`fit` takes validation data in this form. But should it be these?",
            "e": "10,000 images are plenty. But they have taken part in a decision.",
        },
    ),
    right="The number of epochs is chosen by the test images. So its best "
    "accuracy is a little lucky, and no images are left for a fair check.",
)


def _trouble(name, right, hint):
    """Return the answer that names what ails a network."""
    mistakes = {
        trouble: f"`{name}` is not {trouble}: {hint}"
        for trouble in ("overfitting", "underfitting")
    }
    mistakes["neither"] = f"`{name}` has one of the two troubles: {hint}"
    mistakes.pop(right)
    return Words(right, mistakes)


diagnose = Exercise(
    "Check what ails three networks, and what would help the second.",
    network_a=_trouble(
        "network_a",
        "underfitting",
        "both accuracies are low, and close to each other. It is poor even on the "
        "images it learns from.",
    ),
    network_b=_trouble(
        "network_b", "overfitting", "look at the gap between the two accuracies."
    ),
    network_c=_trouble(
        "network_c", "neither", "both accuracies are high, and hardly apart."
    ),
    remedy_b=Choice(
        "d",
        {
            "a": "`remedy_b`: more epochs would widen the gap: it learns its images "
            "by heart already.",
            "b": "`remedy_b`: a larger network has still more room to memorise.",
            "c": "`remedy_b`: a learning rate that is too small shows in a loss that "
            "falls slowly. Here the training loss is very low.",
            "e": "`remedy_b`: with fewer images, memorising gets easier still.",
        },
    ),
    right="Poor on both: underfitting. Good on one only: overfitting, so regularise.",
)


SAME_SHAPE = "{} should have four numbers: dropout keeps the shape."
NO_SCALING = "`prediction`: nothing is dropped, so nothing is scaled either."

dropout_by_hand = Exercise(
    "Check dropout with the rate 0.5 on [1, 2, 3, 4], the second and fourth off.",
    training=Numbers(
        (2, 0, 6, 0),
        {
            (1, 0, 3, 0): "`training`: the survivors are scaled by 1 / (1 − rate).",
            (0.5, 0, 1.5, 0): "`training`: the survivors grow. Divide by (1 − rate).",
            (0, 4, 0, 8): "`training`: the second and the fourth are the ones "
            "switched off.",
            (1, 2, 3, 4): "`training`: nothing is dropped there. What becomes of two "
            "units?",
        },
        "`training`: the dropped ones are 0, the others 1 / (1 − 0.5) of what they "
        "were.",
        count=SAME_SHAPE.format("`training`"),
    ),
    prediction=Numbers(
        (1, 2, 3, 4),
        {
            (2, 0, 6, 0): "`prediction`: dropout acts in training only.",
            (0.5, 1, 1.5, 2): NO_SCALING,
            (2, 4, 6, 8): NO_SCALING,
        },
        "`prediction`: what does dropout do when it is switched off?",
        count=SAME_SHAPE.format("`prediction`"),
    ),
    right="Scaled survivors in training, and everything as it is in prediction.",
)


@judge()
def train_dropout(history, *, model):
    """Check that the dropout CNN was compiled and fitted like the introductory one."""
    if is_blank(history):
        optimizer = getattr(model, "optimizer", None)
        if optimizer is not None and int(optimizer.iterations) > 0:
            raise NotYet(
                "The model is trained, but what `fit` returned was not kept. Write "
                "`history_dropout = model_dropout.history` in the place of your fit."
            )
        raise Unchanged
    kinds = [type(layer).__name__ for layer, _ in layers_of(model)]
    if "Dropout" not in kinds:
        raise NotYet("This model has no dropout layer. Train `model_dropout`.")
    if model.count_params() != 156_074:
        raise NotYet("This is not `model_dropout` as it was built above.")
    settings = model.get_compile_config()
    if not settings:
        raise NotYet("The model is not compiled yet.")
    if loss_of(settings["loss"]) != (ONE_HOT, False):
        raise NotYet(
            "The labels are one-hot and the last layer has softmax. Which loss did "
            "`model_intro` get?"
        )
    if not isinstance(model.optimizer, keras.optimizers.Adam):
        raise NotYet('To compare fairly, take the same optimizer: "adam".')
    if not math.isclose(float(model.optimizer.learning_rate), 0.001, rel_tol=1e-6):
        raise NotYet("To compare fairly, leave Adam's learning rate as it is, 0.001.")
    if isinstance(history, dict | pd.DataFrame):
        raise NotYet("`history_dropout` should be what `fit` returns, as it is.")
    if not isinstance(history, keras.callbacks.History):
        raise NotYet(
            "`history_dropout` should be what `fit` returns: "
            "`history_dropout = model_dropout.fit(...)`."
        )
    columns = history.history
    if "accuracy" not in columns:
        raise NotYet('Compile with `metrics=["accuracy"]`, for the plot to find it.')
    if "val_accuracy" not in columns:
        raise NotYet("`fit` got no validation data. Without them, what would you plot?")
    if len(columns["loss"]) != 10:
        raise NotYet(
            f"The history has {len(columns['loss'])} epochs. To compare fairly, train "
            "for 10."
        )
    if history.params.get("steps") != 1250:
        raise NotYet(
            f"An epoch had {history.params.get('steps')} steps, and 1,250 are right: "
            "batches of 32, and all the training images."
        )
    if int(model.optimizer.iterations) != 12_500:
        raise NotYet(
            "The model has been trained more than once. Build it again, and fit it "
            "for 10 epochs."
        )
    return "The same optimizer, loss and epochs as before: a fair comparison."


what_is_shown = Exercise(
    "Check what the comparison of the two networks shows.",
    answer=Choice(
        "c",
        {
            "a": "We compared two networks on one data set. Others may behave in "
            "another way.",
            "b": "The second network differs in more than dropout. Which change it "
            "was, this comparison cannot tell.",
            "d": "With dropout off, its training accuracy lies above the validation "
            "accuracy, too. There is less overfitting, not none.",
            "e": "With all three seeds the same network is ahead. Luck is not ruled "
            "out, but it is an unlikely explanation.",
        },
    ),
    right="That is what was measured, and no more. The reason might be "
    "dropout, the third convolution, or the wider dense layer.",
)


choose_fairly = Exercise(
    "Check which of three networks to choose, and which accuracy to report.",
    network=Choice(
        "q",
        {
            "p": "P is ahead on the training images only, which rewards memorising.",
            "r": "R is ahead on the test images. If they decide, they are no fair "
            "check any more.",
        },
    ),
    report=Number(
        0.71,
        {
            0.74: "The validation accuracy took part in the choice, so it flatters. "
            "Report a number that decided nothing.",
            0.80: "That is the training accuracy: of images that the network knows.",
            0.73: "That is the test accuracy of R, which you have not chosen.",
            0.72: "That belongs to another network. Report the one that was chosen.",
            71.0: "Write it as a share, between 0 and 1.",
        },
        "Report the test accuracy of the network that was chosen.",
    ),
    right="Chosen by validation, reported by test.",
)
