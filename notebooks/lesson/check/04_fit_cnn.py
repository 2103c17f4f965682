"""The checks of notebook 04."""

# A mistake and its words stand in a line, as in a table
# fmt: off

import math

import keras
import pandas as pd

from lesson.check import networks
from lesson.check.answers import Choice, Number, Numbers, Words
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet, Unchanged
from lesson.check.networks import ONE_HOT, SPARSE, layers_of, loss_of
from lesson.check.reading import is_blank

after_compile = Exercise(
    "Check what a network answers between compile and fit.",
    asks="be1eb6",
    answer=Choice("b",
        a="`compile` shows the network no image, so it has learnt nothing from it.",
        c="A network can predict as soon as it is built. `compile` is needed for "
        "training and measuring.",
        d="The weights are random from the start, not 0, and `compile` leaves them.",
        e="Random is not always wrong: chance hits one class out of ten.",
    ),
    right="`compile` changes no weight. They are as random as before, and so are the "
    "answers: about one in ten is right.",
)

loss_of_one_image = Exercise(
    "Check the cross-entropy of one image whose right class got 0.25.",
    asks="570c31",
    loss=Number(-math.log(0.25), {
        math.log(0.25): "Mind the minus sign of the logarithm: no loss is negative.",
        -math.log(0.7): "That is for the cat. The loss looks at the probability of the "
        "*right* class, the truck.",
        -math.log(0.75): "Take the logarithm of the probability of the right class "
        "itself, not of what it lacks to 1.",
        1.4: "Nearly. Give at least two decimals.",
        -math.log(0.05): "That is for the ship. The photo shows a truck.",
        -math.log10(0.25): "Take the natural logarithm, `np.log`, not that to base 10.",
        -math.log2(0.25): "Take the natural logarithm, `np.log`, not that to base 2.",
        0.75: "That is how much the probability lacks to 1. The loss is −ln(p).",
        0.25: "That is the probability itself. The loss is −ln(p).",
    }, "Put the probability of the right class into −ln(p)."),
    right="−ln(0.25) is about 1.39; for the probability 0.6 above, it was 0.51.",
)


@judge(asks="147d7a")
def choose_loss(loss_a=..., loss_b=..., loss_c=...):
    """Check the losses for three pairs of labels and output layer."""
    wanted = {
        "a": (loss_a, ONE_HOT, False),
        "b": (loss_b, SPARSE, False),
        "c": (loss_c, ONE_HOT, True),
    }
    for letter, (answer, name, from_logits) in wanted.items():
        loss = f"`loss_{letter}`"
        found, logits = loss_of(answer, loss)
        if found != name:
            labels = "one-hot" if name == ONE_HOT else "class numbers"
            raise NotYet(
                f"{loss}: the labels are {labels}. Which function is for those?"
            )
        if logits and not from_logits:
            raise NotYet(f"{loss}: softmax hands over probabilities, not raw scores.")
        if from_logits and not logits:
            raise NotYet(
                f"{loss}: no softmax, so raw scores. Which argument says that?"
            )
    return "The labels decide about sparse or not, the last layer about `from_logits`."


@judge(asks="e3b0c4")
def fix_compile(model=...):
    """Check that the two mistakes in a call of compile are mended."""
    layers_of(model)  # is it a model?
    if not model.compiled:
        raise NotYet("The model is not compiled.")
    name, logits = loss_of(model.loss)
    if name == SPARSE and logits:
        raise Unchanged
    if name == SPARSE:
        raise NotYet(
            "One mistake is mended. The other: the labels are one-hot, not numbers."
        )
    if logits:
        raise NotYet(
            "One mistake is mended. The other: the network ends with softmax, and "
            "hands over probabilities, not raw scores."
        )
    if not networks.measures_accuracy(model):
        raise NotYet('Keep `metrics=["accuracy"]`, to see how the training goes.')
    return "One-hot labels and softmax: now the loss suits both."


gradient_step = Exercise(
    "Check two steps of gradient descent on weight**2, from 2 with the rate 0.1.",
    asks="3cd7c2",
    first=Number(1.6, {
        2.4: "That is uphill. The learning rate times the slope is *subtracted*.",
        1.9: "You subtracted the learning rate alone. Multiply it by the slope, 4.",
        -2.0: "You subtracted the whole slope. Multiply it by the learning rate first.",
        1.8: "The slope is twice the weight: 4, not 2.",
        0.4: "That is the size of the step. Where does it lead?",
    }, "New weight = weight − rate × slope; the slope is twice the weight."),
    second=Number(1.28, {
        1.2: "The slope has changed: at 1.6 it is 3.2, not 4 any more.",
        1.92: "That is uphill. Subtract once more.",
        1.5: "Multiply the learning rate by the slope at 1.6.",
        1.44: "The slope is twice the weight: 3.2 at 1.6.",
        1.6: "That is where the first step led. Go on from there.",
        1.68: "Subtract from the *new* weight, 1.6.",
        0.32: "That is the size of the step. Where does it lead?",
        1.3: "Nearly. Give at least two decimals.",
    }, "For the second step, take the slope at the new weight."),
    right="The steps get shorter by themselves, as the slope gets gentler.",
)

choose_learning_rate = Exercise(
    "Check what to do about the learning rates of two trainings.",
    asks="28a597",
    slow=Choice("a",
        b="the loss falls by tiny steps. A smaller rate makes them tinier.",
        c="at this pace it would take hundreds of epochs. What makes the steps longer?",
        d="the loss falls, so it does its work. Only the steps are tiny.",
    ),
    wild=Choice("b",
        a="the steps jump over the valley already. Larger ones would jump farther.",
        c="after `nan` there is nothing left to train, however long.",
        d="the loss function is the same that worked before. Each step lands higher "
        "than the one before: what is too large?",
    ),
    right="Slow and steady: ten times as large. Jumping, or `nan`: a tenth.",
)

count_steps = Exercise(
    "Check the steps of one epoch and of five, for 30,000 images in batches of 64.",
    asks="90d7b9",
    steps=Number(469, {
        468: "The remainder of 48 images makes a step, too: round up.",
        468.75: "There is no three-quarter step: round up.",
        30_000: "That is the number of images. A step takes 64 of them.",
        64: "That is the batch size. How many batches make 30,000 images?",
        30_000 * 64: "Divide the images by the batch size; you multiplied.",
    }, "How many batches of 64 does it take to see all 30,000 images?"),
    all_steps=Number(2345, {
        469: "That is one epoch. There are five.",
        2344: "Round up in each epoch, not at the end: each has its own last batch.",
        2343.75: "Round up in each epoch: each has its own last, smaller batch.",
        2340: "Round up in each epoch: each has its own last, smaller batch.",
        150_000: "Those are the images seen in five epochs. How many steps?",
    }, "Five epochs: five times the steps of one."),
    right="468 full batches and one of 48 images; five times that, 2,345 steps.",
)


def _best_epoch(history_df):
    right = int(history_df["val_loss"].argmin()) + 1
    mistakes = {  # where two are the same number, the later one is told
        right - 1: "Close. If Python gave you this number, it counted from 0: take "
        "`idxmin`. If you read the figure, look at the table.",
        int(history_df["val_loss"].argmax()) + 1: "There it was highest. Less is "
        "better.",
        int(history_df["loss"].argmin()) + 1: "There the *training* loss was lowest.",
        int(history_df["val_accuracy"].argmax()) + 1: "That is where the validation "
        "*accuracy* was highest, which need not be the same epoch.",
        float(history_df["val_loss"].min()): "That is the lowest validation loss "
        "itself. In which epoch was it reached?",
    }
    return Number(right, mistakes, "Look for the smallest number in `val_loss`.")


best_epoch = Exercise(
    "Check in which epoch, counted from 1, the validation loss was lowest.",
    asks="cc8ebf",
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
    asks="5d5ff3",
    losses=Choice("b",
        a="follow the dashed line to its end. Does it still fall?",
        c="the solid line has not levelled off. It falls to the end.",
        d="solid is training, dashed is validation. You have swapped them.",
    ),
    start=Choice("c",
        a="the images were drawn at random, so neither set is easier.",
        b="validation images change no weight, at no time.",
        d="the weights start at random for both. Think of *when* the two are measured.",
    ),
    test=Choice("b",
        a="the solid line is about images learnt from. New images are harder.",
        c="it learns from no test image. They are to it like validation images.",
        d="there is an estimate. Which line's images changed no weight?",
    ),
    right="The training loss falls on, the validation loss levels off and rises a "
    "little; the dashed line is the one to believe.",
)

find_leak = Exercise(
    "Check what is wrong with a fit that is validated on the test images.",
    asks="c497b3",
    answer=Choice("c",
        a="Validation data change no weight, whichever images they are. It is the "
        "colleague who learns from them.",
        b="The validation data may have any size. Look at which images they are.",
        d="`fit` takes validation data in this form. But should it be these?",
        e="10,000 images are plenty. But they have taken part in a decision.",
    ),
    right="The number of epochs is chosen by the test images. So its best accuracy is "
    "a little lucky, and no images are left for a fair check.",
)


def _trouble(right, hint):
    """Return the answer that names what ails a network."""
    names = ("overfitting", "underfitting")
    mistakes = {name: f"it is not {name}: {hint}" for name in names}
    mistakes["neither"] = f"it has one of the two troubles: {hint}"
    mistakes.pop(right)
    return Words(right, mistakes)


diagnose = Exercise(
    "Check what ails three networks, and what would help the second.",
    asks="4618d5",
    network_a=_trouble("underfitting", "both accuracies are low, and close to each "
    "other. It is poor even on the images it learns from."),
    network_b=_trouble("overfitting", "look at the gap between the two accuracies."),
    network_c=_trouble("neither", "both accuracies are high, and hardly apart."),
    remedy_b=Choice("d",
        a="more epochs would widen the gap: it learns its images by heart already.",
        b="a larger network has still more room to memorise.",
        c="a learning rate that is too small shows in a loss that falls slowly. Here "
        "the training loss is very low.",
        e="with fewer images, memorising gets easier still.",
    ),
    right="Poor on both: underfitting. Good on one only: overfitting, so regularise.",
)

SAME_SHAPE = "{} should have four numbers: dropout keeps the shape."
NO_SCALING = "`prediction`: nothing is dropped, so nothing is scaled either."

dropout_by_hand = Exercise(
    "Check dropout with the rate 0.5 on [1, 2, 3, 4], the second and fourth off.",
    asks="b91138",
    training=Numbers((2, 0, 6, 0), {
        (1, 0, 3, 0): "the survivors are scaled by 1 / (1 − rate).",
        (0.5, 0, 1.5, 0): "the survivors grow. Divide by (1 − rate).",
        (0, 4, 0, 8): "the second and the fourth are the ones switched off.",
        (1, 2, 3, 4): "nothing is dropped there. What becomes of two units?",
    }, "the dropped ones are 0, the others 1 / (1 − 0.5) of what they were.",
    count=SAME_SHAPE.format("`training`")),
    prediction=Numbers((1, 2, 3, 4), {
        (2, 0, 6, 0): "dropout acts in training only.",
        (0.5, 1, 1.5, 2): NO_SCALING,
        (2, 4, 6, 8): NO_SCALING,
    }, "what does dropout do when it is switched off?",
    count=SAME_SHAPE.format("`prediction`")),
    right="Scaled survivors in training, and everything as it is in prediction.",
)

AFTER_ONE = 1.53  # a loss that no first epoch reaches: it is about 1.7, then 1.4
DROPOUT = (
    networks.RESCALING,
    networks.convolution(16),
    networks.POOLING,
    networks.convolution(32),
    networks.POOLING,
    networks.convolution(64),
    networks.Wanted("Dropout", {"rate": 0.6}),
    networks.Wanted("Flatten"),
    networks.Wanted("Dense", {"units": 128, "activation": "relu"}),
    networks.Wanted("Dense", {"units": 10, "activation": "softmax"}),
)


@judge(asks="3c2df7")
def train_dropout(history, *, model):
    """Check that the dropout CNN was compiled and fitted like the introductory one."""
    layers = layers_of(model)
    trained = model.compiled and int(model.optimizer.iterations) > 0
    if is_blank(history):
        if trained:
            raise NotYet(
                "The model is trained, but what `fit` returned was not kept. Write "
                "`history_dropout = model_dropout.history` in the place of your fit."
            )
        raise Unchanged
    if "Dropout" not in networks.kinds_of(layers):
        raise NotYet("This model has no dropout layer. Train `model_dropout`.")
    try:
        networks.refuse_other_layers(layers, DROPOUT)
    except NotYet:
        raise NotYet(
            "This is not `model_dropout` as it was built above. Build it again."
        ) from None
    if not model.compiled:
        raise NotYet("The model is not compiled yet.")
    if isinstance(history, dict | pd.DataFrame):
        raise NotYet("`history_dropout` should be what `fit` returns, as it is.")
    if not isinstance(history, keras.callbacks.History):
        raise NotYet(
            "`history_dropout` should be what `fit` returns: `history_dropout = "
            "model_dropout.fit(...)`."
        )
    if history.model is not model:
        raise NotYet(
            "That is another model's history. Keep what `model_dropout.fit` returns."
        )
    said = _unfair_compile(model) or _unfair_fit(model, history)
    if said:
        raise NotYet(said + " Build the model again, before you fit it." * trained)
    return "The same optimizer, loss and epochs as before: a fair comparison."


def _unfair_compile(model):
    """Return what to say of a model that was compiled in another way, else None."""
    try:
        loss = loss_of(model.loss)
    except NotYet as wrong:
        return str(wrong)
    if loss != (ONE_HOT, False):
        return "One-hot labels, and softmax: which loss did `model_intro` get?"
    if type(model.optimizer) is not keras.optimizers.Adam:
        return 'To compare fairly, take the same optimizer: "adam".'
    for name in networks.changed(model.optimizer):
        return f"To compare fairly, leave Adam's `{name}` as it is by default."
    if not networks.measures_accuracy(model):
        return 'Compile with `metrics=["accuracy"]`, for the plot to find it.'
    if model.get_compile_config()["loss_weights"] is not None:
        return "To compare fairly, leave out `loss_weights`."
    return None


def _unfair_fit(model, history):
    """Return what to say of a model that was fitted in another way, else None."""
    columns, steps = history.history, history.params.get("steps")
    if "val_accuracy" not in columns:
        return "`fit` got no validation data. Without them, what would you plot?"
    if len(history.epoch) != 10:
        return (
            f"There are {len(history.epoch)} epochs. To compare fairly, train for 10."
        )
    if steps != 1250:
        return (
            f"An epoch had {steps} steps, and 1,250 are right: batches of 32, and all "
            "the training images."
        )
    # Whoever compiles again sets the counter back, but not what has been learnt
    if int(model.optimizer.iterations) != 12_500 or columns["loss"][0] < AFTER_ONE:
        return "The model has been trained more than once. It should get 10 epochs."
    return None


what_is_shown = Exercise(
    "Check what the comparison of the two networks shows.",
    asks="7cb459",
    answer=Choice("c",
        a="We compared two networks on one data set. Others may behave in another way.",
        b="The second network differs in more than dropout. Which change it was, this "
        "comparison cannot tell.",
        d="With dropout off, its training accuracy lies above the validation accuracy, "
        "too. There is less overfitting, not none.",
        e="With all three seeds the same network is ahead. Luck is not ruled out, but "
        "it is an unlikely explanation.",
    ),
    right="That is what was measured, and no more. The reason might be dropout, the "
    "third convolution, or the wider dense layer.",
)

choose_fairly = Exercise(
    "Check which of three networks to choose, and which accuracy to report.",
    asks="7869b1",
    network=Choice("q",
        p="P is ahead on the training images only, which rewards memorising.",
        r="R is ahead on the test images. If they decide, they check no more.",
    ),
    report=Number(0.71, {
        0.74: "The validation accuracy took part in the choice, so it flatters. Report "
        "a number that decided nothing.",
        0.80: "That is the training accuracy: of images that the network knows.",
        0.73: "That is the test accuracy of R, which you have not chosen.",
        0.72: "That belongs to another network. Report the one that was chosen.",
        71.0: "Write it as a share, between 0 and 1.",
    }, "Report the test accuracy of the network that was chosen."),
    right="Chosen by validation, reported by test.",
)
