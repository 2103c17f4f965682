"""The checks of lab 2."""

import keras

from lesson.check.answers import Choice, Words
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet
from lesson.check.networks import Wanted, kinds_of, read_layers, refuse_other_layers

tell_apart = Exercise(
    "Check the diagnoses and remedies of two networks.",
    asks="62afff",
    network_k=Words("underfitting", {
        "overfitting": "its training accuracy is as low as its validation accuracy. It "
        "has not even learnt its training images.",
    }),
    remedy_k=Words("larger network", {
        "augmentation": "harder images do not help a network that cannot even "
        "learn these.",
    }),
    network_l=Words("overfitting", {
        "underfitting": "a training accuracy of 0.93 is not low. Look at the gap.",
    }),
    remedy_l=Words("augmentation", {
        "larger network": "it memorises already; a larger network memorises more.",
    }),
    right="Look at the training accuracy first, and then at the gap.",
)


def _other_penalty(penalty):
    """Return what to say of a regulariser, see `networks.changed`."""
    if penalty is None:
        return "The first dense layer has no penalty. Give it a `kernel_regularizer`."
    if isinstance(penalty, tuple) and not penalty[0]:
        return "The factor of the penalty should be 0.001."
    return "The penalty should be L2, and no other."


UNITS = "The first dense layer should have 32 units and ReLU."
ENDING = "The output layer should have 10 units and softmax."
PLACE = "The penalty is for the weights, so its argument is `kernel_regularizer`."

METHODS = (
    Wanted("Flatten"),
    Wanted("Dense",
        {"units": 32, "activation": "relu", "kernel_regularizer": (0.0, 0.001)},
        {"units": UNITS, "activation": UNITS, "activity_regularizer": PLACE,
         "bias_regularizer": PLACE, "kernel_regularizer": _other_penalty}),
    Wanted("Dropout", {"rate": 0.3}, {"rate": "The rate of dropout should be 0.3."}),
    Wanted("Dense", {"units": 10, "activation": "softmax"},
        {"units": ENDING, "activation": ENDING}),
)


@judge(asks="158fd5")
def add_method(layers=...):
    """Check five layers with an L2 penalty and dropout."""
    if not isinstance(layers, list | tuple):
        raise NotYet("`layers` should be a list of layers.")
    if not all(isinstance(layer, keras.layers.Layer) for layer in layers):
        raise NotYet("Something in the list is no layer. Layers have parentheses, "
            "such as `keras.layers.Flatten()`.")
    found = read_layers(layers)
    kinds = kinds_of(found)
    if "Dropout" not in kinds:
        raise NotYet("There is no dropout in the list.")
    if kinds[-1] == "Dropout":
        raise NotYet("Dropout comes last, and would switch off the output itself. Put "
            "it between the two dense layers.")
    refuse_other_layers(found, METHODS)
    return "The penalty belongs to a layer; dropout is a layer of its own."


weigh_methods = Exercise(
    "Check how four methods are weighed by gain and price.",
    asks="5a375a",
    take_first=Choice("b",
        a="`take_first`: 0.004 is less than the standard error.",
        c="`take_first`: C gains no more than B, and takes over four times as long.",
        d="`take_first`: D has the smallest gap, and the worst validation accuracy."),
    not_shown=Choice("a",
        b="`not_shown`: 0.042 is many times the standard error.",
        c="`not_shown`: 0.038 is many times the standard error.",
        d="`not_shown`: D does harm, since it loses 0.09."),
    too_strong=Choice("d",
        a="`too_strong`: A has hardly changed anything.",
        b="`too_strong`: B has the best validation accuracy of all.",
        c="`too_strong`: C is slow, not strong."),
    right="The gap alone says little: D closed it by being poor everywhere.",
)

conclude = Exercise(
    "Check what may be concluded from five seeds with and without a method.",
    asks="caadf2",
    answer=Choice("b",
        a="Somebody looked at one network and one data set. Others may "
        "behave differently.",
        c="The worst result with it is better than the best one without it. Luck alone "
        "does that less than once in a hundred times.",
        d="Dropout was not in the experiment.",
        e="Nobody has measured the test accuracy, and it would differ between seeds."),
    right="The ranges do not overlap: for this case, that is fair evidence.",
)
