"""The checks of notebook 07."""

import keras

from lesson.check.feedback import NotYet, choose, exercise, is_close

ILLNESSES = ("underfitting", "overfitting")
REMEDIES = ("larger network", "augmentation")


@exercise
def tell_apart(network_k=..., remedy_k=..., network_l=..., remedy_l=...):
    """Check the diagnoses and remedies of two networks."""
    _pick(
        network_k,
        "`network_k`",
        "underfitting",
        ILLNESSES,
        "its training accuracy is as low as its validation accuracy. It has not even "
        "learnt its training images.",
    )
    _pick(
        remedy_k,
        "`remedy_k`",
        "larger network",
        REMEDIES,
        "harder images do not help a network that cannot learn the original ones.",
    )
    _pick(
        network_l,
        "`network_l`",
        "overfitting",
        ILLNESSES,
        "0.93 on its training images is not too little. Look at the gap.",
    )
    _pick(
        remedy_l,
        "`remedy_l`",
        "augmentation",
        REMEDIES,
        "it memorises already; a larger network memorises more.",
    )
    return "First the training accuracy, then the gap: that order decides."


def _pick(answer, what, right, choices, reason):
    """Hold a text against the right one of several."""
    words = answer.strip().lower() if isinstance(answer, str) else None
    if words not in choices:
        wanted = " or ".join(f'"{each}"' for each in choices)
        raise NotYet(f"{what} should be {wanted}.")
    if words != right:
        raise NotYet(f"{what}: {reason}")


@exercise
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
    if not is_close(1000 * float(penalty["config"]["l2"]), 1):
        raise NotYet("The factor of the penalty should be 0.001.")
    if not is_close(100 * dropout["rate"], 30):
        raise NotYet("The rate of dropout should be 0.3.")
    if output["units"] != 10 or output["activation"] != "softmax":
        raise NotYet("The output layer should have 10 units and softmax.")
    return "The penalty belongs to a layer; dropout is a layer of its own."


@exercise
def weigh_methods(take_first=..., not_shown=..., too_strong=...):
    """Check how four methods are weighed by gain and price."""
    choose(
        take_first,
        "b",
        {
            "a": "`take_first`: 0.004 is less than the seeds differ.",
            "b": "",
            "c": "`take_first`: C gains no more than B, and takes more than four "
            "times as long.",
            "d": "`take_first`: D has the smallest gap, and the worst validation "
            "accuracy.",
        },
        "`take_first`",
    )
    choose(
        not_shown,
        "a",
        {
            "a": "",
            "b": "`not_shown`: 0.042 is four times what the seeds differ.",
            "c": "`not_shown`: 0.038 is clearly more than the seeds differ. Its price "
            "is another matter.",
            "d": "`not_shown`: it harms, by 0.09.",
        },
        "`not_shown`",
    )
    choose(
        too_strong,
        "d",
        {
            "a": "`too_strong`: A has hardly changed anything.",
            "b": "`too_strong`: B has the best validation accuracy of all.",
            "c": "`too_strong`: C is slow, not strong.",
            "d": "",
        },
        "`too_strong`",
    )
    return "The gap alone says little: D closed it by being poor everywhere."


@exercise
def conclude(answer=...):
    """Check what may be concluded from three seeds with and without a method."""
    return choose(
        answer,
        "b",
        {
            "a": "One network on one data set has been looked at. Others may differ.",
            "b": "The ranges do not overlap: for this case, that is fair evidence.",
            "c": "The worst with it is better than the best without it, three times "
            "out of three. That is more than nothing.",
            "d": "Dropout was not in the experiment.",
            "e": "Those are validation accuracies. The test images have not been "
            "asked, and the seeds differ.",
        },
    )
