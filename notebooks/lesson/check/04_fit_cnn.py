"""The checks of notebook 04."""

import math

import pandas as pd

from lesson.check import networks
from lesson.check.answers import Choice, Number
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import AS_FOUND, NotYet, Unchanged
from lesson.check.networks import ONE_HOT, SPARSE, layers_of, loss_of

after_compile = Exercise(
    "Check what a network answers between compile and fit.",
    asks="c93666",
    answer=Choice("b",
        a="`compile` shows the network no image, so it has learnt nothing from it.",
        c="A network can predict as soon as it is built. `compile` is needed for "
        "training and measuring.",
        d="The weights are random from the start, not 0, and `compile` leaves them as "
        "they are.",
        e="A random answer is not always wrong: about one in ten is right by chance."),
    right="`compile` changes no weight. The weights are as random as before, and so "
    "are the answers: about one in ten is right.",
)

loss_of_one_image = Exercise(
    "Check the cross-entropy of one image whose right class got 0.25.",
    asks="32749b",
    loss=Number(-math.log(0.25), {
        math.log(0.25): "Mind the minus sign in front of the logarithm: no loss "
        "is negative.",
        -math.log(0.7): "That is the loss for a cat. The loss uses the probability of "
        "the *right* class, the truck.",
        -math.log(1 - 0.25): "Take the logarithm of the probability itself, not of 1 "
        "minus the probability.",
        round(-math.log(0.25), 1): "Nearly. Give at least two decimals.",
        -math.log(0.05): "That is the loss for a ship. The image shows a truck.",
        -math.log10(0.25): "Take the natural logarithm, `np.log`, not that to base 10.",
        -math.log2(0.25): "Take the natural logarithm, `np.log`, not that to base 2.",
        1 - 0.25: "That is 1 minus the probability. The loss is −ln(p).",
        0.25: "That is the probability itself. The loss is −ln(p).",
    }, "Put the probability of the right class into −ln(p)."),
    right="−ln(0.25) is about 1.39; for the probability 0.6 above, it was 0.51.",
)


@judge(asks="795479")
def choose_loss(loss_a=..., loss_b=..., loss_c=...):
    """Check the losses for three pairs of labels and output layer."""
    for loss, answer, name, from_logits in (
        ("`loss_a`", loss_a, ONE_HOT, False),
        ("`loss_b`", loss_b, SPARSE, False),
        ("`loss_c`", loss_c, ONE_HOT, True),
    ):
        found, logits = loss_of(answer, loss)
        if found != name:
            labels = "one-hot" if name == ONE_HOT else "class numbers"
            raise NotYet(f"{loss}: the labels are {labels}. Which function is for "
                "those?")
        if logits and not from_logits:
            raise NotYet(f"{loss}: softmax hands over probabilities, not raw scores.")
        if from_logits and not logits:
            raise NotYet(f"{loss}: without a softmax, the outputs are raw scores. "
                "Which argument says that?")
    return ("The labels decide whether the loss is a sparse one, and the last layer "
        "decides about `from_logits`.")


@judge(asks="3e9663")
def fix_compile(model=...):
    """Check that the two mistakes in a call of compile are mended."""
    layers_of(model)  # is it a model?
    if not model.compiled:
        raise NotYet("The model is not compiled.")
    name, logits = loss_of(model.loss)
    if name == SPARSE and logits:
        raise Unchanged(AS_FOUND)
    mended = "One mistake is mended. The other one is this:"
    if name == SPARSE:
        raise NotYet(f"{mended} the labels are one-hot, not numbers.")
    if logits:
        raise NotYet(f"{mended} the network ends with softmax, so it hands over "
            "probabilities, not raw scores.")
    if not networks.measures_accuracy(model):
        raise NotYet('Keep `metrics=["accuracy"]`, to see how the training goes.')
    return "Now the loss suits both the one-hot labels and the softmax."


gradient_step = Exercise(
    "Check two steps of gradient descent on weight**2, from 2 with the rate 0.1.",
    asks="03d1d0",
    first=Number(1.6, {
        2 + 0.1 * 4: "That leads uphill. *Subtract* the learning rate times the slope.",
        2 - 0.1: "You subtracted the learning rate alone. Multiply it by the slope, 4.",
        2 - 4: "You subtracted the whole slope. Multiply it by the learning rate "
        "first.",
        2 - 0.1 * 2: "The slope is twice the weight: 4, not 2.",
        0.1 * 4: "That is the size of the step. Where does it lead?",
    }, "New weight = weight − rate × slope; the slope is twice the weight."),
    second=Number(1.28, {
        1.6 - 0.1 * 4: "The slope has changed: at 1.6 it is 3.2, no longer 4.",
        1.6 + 0.1 * (2 * 1.6): "That leads uphill. Subtract in the second step, too.",
        1.6 - 0.1: "Multiply the learning rate by the slope at 1.6.",
        1.6 - 0.1 * 1.6: "The slope is twice the weight: 3.2 at 1.6.",
        1.6: "That is where the first step led. Go on from there.",
        2 - 0.1 * (2 * 1.6): "Subtract from the *new* weight, 1.6.",
        0.1 * (2 * 1.6): "That is the size of the step. Where does it lead?",
        round(1.28, 1): "Nearly. Give at least two decimals.",
    }, "For the second step, take the slope at the new weight."),
    right="The steps get shorter by themselves, as the slope gets gentler.",
)

choose_learning_rate = Exercise(
    "Check what to do about the learning rates of two training runs.",
    asks="cd648d",
    slow=Choice("a",
        b="the loss falls in tiny steps. A smaller rate makes them even smaller.",
        c="at this pace it would take hundreds of epochs. What makes the steps longer?",
        d="the loss falls, so the loss function works. But the steps are tiny."),
    wild=Choice("b",
        a="the steps jump over the valley already. Larger ones would jump farther.",
        c="after `nan` there is nothing left to train, however many epochs you add.",
        d="the loss function is the same that worked before. Each step lands higher "
        "than the one before: what is too large?"),
    right="If the loss falls slowly but steadily, take a rate ten times as large. If "
    "it jumps, or becomes `nan`, take a tenth.",
)

count_steps = Exercise(
    "Check the steps of one epoch and of five, for 30,000 images in batches of 64.",
    asks="96bb75",
    steps=Number(469, {
        30_000 // 64: "The remainder of 48 images makes a step, too: round up.",
        30_000 / 64: "You cannot take three quarters of a step: round up.",
        30_000: "That is the number of images. A step takes 64 of them.",
        64: "That is the batch size. How many of these batches make up 30,000 images?",
        30_000 * 64: "Divide the images by the batch size; you multiplied.",
    }, "How many batches of 64 does it take to see all 30,000 images?"),
    all_steps=Number(2345, {
        469: "That is one epoch. There are five.",
        math.ceil(5 * 30_000 / 64): "Round up in each epoch, not at the end: each has "
        "its own last batch.",
        5 * 30_000 / 64: "Round up in each epoch: each has its own last, smaller "
        "batch.",
        5 * (30_000 // 64): "Round up in each epoch: each has its own last, smaller "
        "batch.",
        5 * 30_000: "Those are the images seen in five epochs. How many steps?",
    }, "Five epochs: five times the steps of one."),
    right="An epoch has 468 full batches and one of 48 images. Five epochs have five "
    "times as many steps, 2,345.",
)


def _best_epoch(history_df):
    right = int(history_df["val_loss"].argmin()) + 1
    mistakes = {  # where two are the same number, the later one is told
        right - 1: "Close. If Python gave you this number, it counted from 0: take "
        "`idxmin`. If you read the figure, look at the table.",
        int(history_df["val_loss"].argmax()) + 1: "The loss was highest there. "
        "Lower is better.",
        int(history_df["loss"].argmin()) + 1: "There the *training* loss was lowest.",
        int(history_df["val_accuracy"].argmax()) + 1: "That is where the validation "
        "*accuracy* was highest, which need not be the same epoch.",
        float(history_df["val_loss"].min()): "That is the lowest validation loss "
        "itself. In which epoch was it reached?",
    }
    return Number(right, mistakes, "Look for the smallest number in `val_loss`.")


best_epoch = Exercise(
    "Check in which epoch, counted from 1, the validation loss was lowest.",
    asks="7c21d0",
    given={"history_df": pd.DataFrame(columns=["loss", "val_loss", "val_accuracy"])},
    epoch=_best_epoch,
    right="From there on, more training did not lower the validation loss.",
)

inspect_curves = Exercise(
    "Check how the training curves of the introductory network are read.",
    asks="3386bc",
    losses=Choice("b",
        a="follow the dashed line to its end. Does it still fall?",
        c="the solid line has not levelled off. It falls to the end.",
        d="solid is training, dashed is validation. You have swapped them."),
    start=Choice("c",
        a="the images were drawn at random, so neither set is easier.",
        b="validation images never change a weight.",
        d="the weights start at random for both. Think of *when* the two are "
        "measured."),
    test=Choice("b",
        a="the solid line is for images that the network has learnt from. New images "
        "are harder.",
        c="the network does not learn from test images. For it, they are like the "
        "validation images.",
        d="there is an estimate. Which line's images changed no weight?"),
    right="The training loss goes on falling, while the validation loss levels off and "
    "rises a little. The dashed line is the one to believe.",
)

find_leak = Exercise(
    "Check what is wrong with a fit that is validated on the test images.",
    asks="339c26",
    answer=Choice("c",
        a="Validation data change no weight, whichever images they are. It is the "
        "colleague who learns from them.",
        b="The validation data may have any size. Look at which images they are.",
        d="`fit` takes validation data in this form. But should it get these images?",
        e="10,000 images are plenty. But they have taken part in a decision."),
    right="The test images decide about the number of epochs. So the best accuracy is "
    "a little lucky, and no images are left for a fair check.",
)
