"""The checks of notebook 07."""

import math

import keras

from lesson.check.answers import Choice, Words
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet

tell_apart = Exercise(
    "Check the diagnoses and remedies of two networks.",
    network_k=Words(
        "underfitting",
        {
            "overfitting": "`network_k`: its training accuracy is as low as its "
            "validation accuracy. It has not even learnt its training images.",
        },
    ),
    remedy_k=Words(
        "larger network",
        {
            "augmentation": "`remedy_k`: harder images do not help a network that "
            "cannot learn the original ones.",
        },
    ),
    network_l=Words(
        "overfitting",
        {
            "underfitting": "`network_l`: 0.93 on its training images is not too "
            "little. Look at the gap.",
        },
    ),
    remedy_l=Words(
        "augmentation",
        {
            "larger network": "`remedy_l`: it memorises already; a larger network "
            "memorises more.",
        },
    ),
    right="First the training accuracy, then the gap: that order decides.",
)


@judge()
def add_method(layers=...):
    """Check five layers with an L2 penalty and dropout."""
    if not isinstance(layers, list | tuple):
        raise NotYet("`layers` should be a list of layers.")
    for layer in layers:
        if isinstance(layer, type) or not isinstance(layer, keras.layers.Layer):
            raise NotYet(
                "Something in the list is no layer. Layers have parentheses, such as "
                "`keras.layers.Flatten()`."
            )
    kinds = [type(layer).__name__ for layer in layers]
    if "Dropout" not in kinds:
        raise NotYet("There is no dropout in the list.")
    if kinds[-1:] == ["Dropout"]:
        raise NotYet(
            "Dropout comes last, and would switch off the output itself. Put it "
            "between the two dense layers."
        )
    if kinds != ["Flatten", "Dense", "Dropout", "Dense"]:
        raise NotYet(
            "The order should be: flatten, dense, dropout, dense. Yours is: "
            f"{', '.join(kinds[:8])}."
        )
    _, hidden, dropout, output = (layer.get_config() for layer in layers)
    if hidden["units"] != 32 or hidden["activation"] != "relu":
        raise NotYet("The first dense layer should have 32 units and ReLU.")
    penalty = hidden["kernel_regularizer"]
    if penalty is None:
        where = "activity_regularizer", "bias_regularizer"
        if any(hidden.get(name) for name in where):
            raise NotYet("The penalty is for the weights: `kernel_regularizer`.")
        raise NotYet("The first dense layer has no penalty: `kernel_regularizer`.")
    if penalty["class_name"] != "L2":
        raise NotYet(f"The penalty is {penalty['class_name']}, and should be L2.")
    if not math.isclose(float(penalty["config"]["l2"]), 0.001, rel_tol=1e-6):
        raise NotYet("The factor of the penalty should be 0.001.")
    if not math.isclose(dropout["rate"], 0.3, rel_tol=1e-6):
        raise NotYet("The rate of dropout should be 0.3.")
    if output["units"] != 10 or output["activation"] != "softmax":
        raise NotYet("The output layer should have 10 units and softmax.")
    return "The penalty belongs to a layer; dropout is a layer of its own."


weigh_methods = Exercise(
    "Check how four methods are weighed by gain and price.",
    take_first=Choice(
        "b",
        {
            "a": "`take_first`: 0.004 is less than the seeds differ.",
            "c": "`take_first`: C gains no more than B, and takes more than four "
            "times as long.",
            "d": "`take_first`: D has the smallest gap, and the worst validation "
            "accuracy.",
        },
    ),
    not_shown=Choice(
        "a",
        {
            "b": "`not_shown`: 0.042 is four times what the seeds differ.",
            "c": "`not_shown`: 0.038 is clearly more than the seeds differ. Its price "
            "is another matter.",
            "d": "`not_shown`: it harms, by 0.09.",
        },
    ),
    too_strong=Choice(
        "d",
        {
            "a": "`too_strong`: A has hardly changed anything.",
            "b": "`too_strong`: B has the best validation accuracy of all.",
            "c": "`too_strong`: C is slow, not strong.",
        },
    ),
    right="The gap alone says little: D closed it by being poor everywhere.",
)

conclude = Exercise(
    "Check what may be concluded from three seeds with and without a method.",
    answer=Choice(
        "b",
        {
            "a": "One network on one data set has been looked at. Others may differ.",
            "c": "The worst with it is better than the best without it, three times "
            "out of three. That is more than nothing.",
            "d": "Dropout was not in the experiment.",
            "e": "Those are validation accuracies. The test images have not been "
            "asked, and the seeds differ.",
        },
    ),
    right="The ranges do not overlap: for this case, that is fair evidence.",
)
