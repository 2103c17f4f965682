"""The checks of notebook 05."""

import math

import keras
import pandas as pd

from lesson.check import networks
from lesson.check.answers import Choice, Number, Numbers, Words
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import AS_FOUND, NotYet, Unchanged
from lesson.check.networks import ONE_HOT, layers_of, loss_of
from lesson.check.reading import is_blank


def _trouble(right, hint):
    """Return the answer that names what ails a network."""
    names = ("overfitting", "underfitting")
    mistakes = {name: f"it is not {name}: {hint}" for name in names}
    mistakes["neither"] = f"it does have one of the two problems: {hint}"
    mistakes.pop(right)
    return Words(right, mistakes)


diagnose = Exercise(
    "Check what ails three networks, and what would help the second.",
    asks="383020",
    network_a=_trouble("underfitting", "both accuracies are low, and close to each "
    "other. It is poor even on the images it learns from."),
    network_b=_trouble("overfitting", "look at the gap between the two accuracies."),
    network_c=_trouble("neither", "both accuracies are high, and close to each other."),
    remedy_b=Choice("d",
        a="more epochs would widen the gap. The network already learns its images by "
        "heart.",
        b="a larger network has even more room to memorise.",
        c="a learning rate that is too small shows in a loss that falls slowly. Here "
        "the training loss is very low.",
        e="with fewer images, memorising gets easier still."),
    right="A network that is poor on both sets underfits. One that is good only on its "
    "training images overfits: regularise it.",
)

SAME_SHAPE = "{} should have four numbers: dropout keeps the shape."
NO_SCALING = "nothing is dropped, so nothing is scaled either."

STAY = (1, 0, 1, 0)  # the second and the fourth unit are off


def _outputs(factor, stay=(1, 1, 1, 1)):
    """Return the outputs 1, 2, 3, 4 of the units that stay, multiplied by a factor."""
    return tuple(factor * unit * each for unit, each in enumerate(stay, start=1))


dropout_by_hand = Exercise(
    "Check dropout with the rate 0.5 on [1, 2, 3, 4], the second and fourth off.",
    asks="18ea0e",
    training=Numbers(_outputs(2, STAY), {
        _outputs(1, STAY): "the units that stay on are multiplied by 1 / (1 − rate).",
        _outputs(0.5, STAY): "the outputs that stay get larger. Divide by (1 − rate).",
        _outputs(2, STAY[::-1]): "the units that are switched off are the second and "
        "the fourth.",
        _outputs(1): "you have dropped nothing. What becomes of the two units that "
        "are switched off?",
    }, "units that are switched off become 0. Multiply the others by 1 / (1 − 0.5).",
    count=SAME_SHAPE.format("`training`")),
    prediction=Numbers(_outputs(1), {
        _outputs(2, STAY): "dropout acts in training only.",
        _outputs(0.5): NO_SCALING,
        _outputs(2): NO_SCALING,
    }, "what does dropout do in prediction?",
    count=SAME_SHAPE.format("`prediction`")),
    right="In training, what stays is scaled up. In prediction, everything stays as it "
    "is.",
)

AFTER_ONE = 1.53  # a loss that no first epoch reaches: it is about 1.7, then 1.4
DROPOUT = (
    networks.RESCALING,
    networks.convolution(16), networks.POOLING,
    networks.convolution(32), networks.POOLING,
    networks.convolution(64),
    networks.Wanted("Dropout", {"rate": 0.6}), networks.Wanted("Flatten"),
    networks.Wanted("Dense", {"units": 128, "activation": "relu"}),
    networks.Wanted("Dense", {"units": 10, "activation": "softmax"}),
)


@judge(asks="84d7e9")
def train_dropout(history, *, model):
    """Check that the dropout CNN was compiled and fitted like the introductory one."""
    layers = layers_of(model)
    trained = model.compiled and int(model.optimizer.iterations) > 0
    if is_blank(history):
        if trained:
            raise NotYet("The model is trained, but what `fit` returned was not kept. "
                "Write `history_dropout = model_dropout.history` in the place of your "
                "call of `fit`.")
        raise Unchanged(AS_FOUND)
    if "Dropout" not in networks.kinds_of(layers):
        raise NotYet("This model has no dropout layer. Train `model_dropout`.")
    try:
        networks.refuse_other_layers(layers, DROPOUT)
    except NotYet:
        raise NotYet("This is not `model_dropout` as it was built above. "
            "Build it again.") from None
    if not model.compiled:
        raise NotYet("The model is not compiled yet.")
    if isinstance(history, dict | pd.DataFrame):
        raise NotYet("`history_dropout` should be what `fit` returns, as it is.")
    if not isinstance(history, keras.callbacks.History):
        raise NotYet("`history_dropout` should be what `fit` returns: "
            "`history_dropout = model_dropout.fit(...)`.")
    if history.model is not model:
        raise NotYet("That is another model's history. Keep what `model_dropout.fit` "
            "returns.")
    said = _unfair_compile(model) or _unfair_fit(model, history)
    if said:
        raise NotYet(said + " Build the model again, before you fit it." * trained)
    return ("The optimizer, the loss and the epochs are the same as before, so the "
        "comparison is fair.")


def _unfair_compile(model):
    """Return what to say of a model that was compiled in another way, else None."""
    try:
        loss = loss_of(model.loss)
    except NotYet as wrong:
        return str(wrong)
    if loss != (ONE_HOT, False):
        return ("The labels are one-hot, and the network ends with softmax: which loss "
            "did `model_intro` get?")
    if type(model.optimizer).__name__ != "Adam":  # PyTorch has a class of its own
        return 'To compare fairly, take the same optimizer: "adam".'
    for name in networks.changed(model.optimizer):
        return f"To compare fairly, leave Adam's `{name}` at its default."
    if not networks.measures_accuracy(model):
        return 'Compile with `metrics=["accuracy"]`, so that we can plot it.'
    if model.get_compile_config()["loss_weights"] is not None:
        return "To compare fairly, leave out `loss_weights`."
    return None


def _unfair_fit(model, history):
    """Return what to say of a model that was fitted in another way, else None."""
    columns, steps = history.history, history.params.get("steps")
    if "val_accuracy" not in columns:
        return "`fit` got no validation data. Without them, what would you plot?"
    if len(history.epoch) != 10:
        return (f"You trained for {len(history.epoch)} epochs. To compare fairly, "
            "train for 10.")
    if steps != 1250:
        return (f"An epoch had {steps} steps. It should have 1,250: take batches of "
            "32, and all the training images.")
    # Whoever compiles again sets the counter back, but not what has been learnt
    if int(model.optimizer.iterations) != 12_500 or columns["loss"][0] < AFTER_ONE:
        return "The model has been trained more than once. It should train for 10."
    return None


compare_pairs = Exercise(
    "Check what the answers of two networks to the same images show.",
    asks="f05ef6",
    accuracy_p=Number(0.71, {
        600 / 1_000: "these are the images that both got right. Add those that only P "
        "got right.",
        110 / 1_000: "these are the images that only P got right. Add those that "
        "both did.",
        (600 + 90) / 1_000: "that is the accuracy of Q. For P, add up its row, not "
        "the column.",
        600 + 110: "write it as a share, between 0 and 1.",
        100 * 0.71: "write it as a share, between 0 and 1.",
    }, "divide the number of images that P got right by the number of all images."),
    lead=Number(20, {
        (110 - 90) / 1_000: "count images, not shares.",
        90 - 110: "P is ahead: subtract the images of Q from those of P.",
        110 + 90: "those are all images on which the two differ. How many more did "
        "P get?",
        110: "from those that only P got right, take away those that only Q did.",
    }, "subtract what only Q got right from what only P got right."),
    standard_error=Number(14.142, {
        110 + 90: "take the square root of it.",
        math.sqrt(1_000): "the images on which the two agree do not count.",
        math.sqrt(110 - 90): "do not take the root of the lead, but of all images on "
        "which they differ.",
    }, "it is the square root of the number of images that only one of them got right.",
    within=0.2),
    p_is_better=Words("not shown", {
        "yes": "the lead is not even twice its standard error.",
        "no": "the table does not show that either. P has the lead.",
    }),
    right="A lead means little until we compare it with its standard error.",
)

what_is_shown = Exercise(
    "Check what the comparison of the two networks shows.",
    asks="bac392",
    answer=Choice("c",
        a="We compared two networks on one data set. Others may behave differently.",
        b="The second network differs in more than dropout. This comparison cannot "
        "tell which change it was.",
        d="With dropout off, its training accuracy is above the validation accuracy, "
        "too. It overfits less, but it still overfits.",
        e="With all three seeds the same network is ahead. Luck is not ruled out, but "
        "it is an unlikely explanation."),
    right="That is what was measured, and no more. The reason might be dropout, the "
    "third convolution, or the wider dense layer.",
)

choose_fairly = Exercise(
    "Check which of three networks to choose, and which accuracy to report.",
    asks="2f0930",
    network=Choice("q",
        p="P is ahead only on the training images. Choosing by them "
        "rewards memorising.",
        r="R is ahead on the test images. If they decide, they are no fair check "
        "any more."),
    report=Number(0.71, {
        0.74: "The validation accuracy took part in the choice, so it is a little too "
        "good. Report a number that took no part in it.",
        0.80: "That is the training accuracy, measured on images that the "
        "network knows.",
        0.73: "That is the test accuracy of R, which you have not chosen.",
        0.72: "That belongs to another network. Report the one that was chosen.",
        100 * 0.71: "Write it as a share, between 0 and 1.",
    }, "Report the test accuracy of the network that was chosen."),
    right="You chose by the validation accuracy, and you report the test accuracy.",
)
