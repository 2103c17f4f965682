"""Reads networks and how they were compiled, and holds them against what was asked."""

import inspect
from numbers import Real
from typing import NamedTuple

import keras
import numpy as np

from lesson.check.feedback import NotYet
from lesson.check.reading import leaves

# Arguments that change neither what a network computes nor how well it can learn
FREE = ("name", "dtype", "seed", "kernel_initializer", "bias_initializer")
ACTIVATIONS = ("Activation", "ReLU", "Relu", "Softmax")  # as layers or operations
ONE_HOT, SPARSE = "CategoricalCrossentropy", "SparseCategoricalCrossentropy"
LOSSES = {
    ONE_HOT: keras.losses.categorical_crossentropy,
    SPARSE: keras.losses.sparse_categorical_crossentropy,
}
LEAVE_OUT = "{}: leave out `{}`. Its default is right here."


class Wanted(NamedTuple):
    """A layer that is asked for; all other arguments should have their defaults."""

    kind: str  # the name of its class
    arguments: dict = {}
    # What to say where an argument has another {value}: a text, or a function of it
    words: dict = {}


# Layers that several exercises ask for; no layer is built here, for that would take
# random numbers from the learner's own
SCALE = "Rescaling should bring the values from 0..255 to 0..1: `1 / 255`."
RESCALING = Wanted("Rescaling", {"scale": 1 / 255}, {"scale": SCALE})
POOLING = Wanted(
    "MaxPooling2D",
    {"pool_size": (2, 2), "strides": (2, 2)},
    {
        "pool_size": "The pooling windows are {value}, not (2, 2).",
        "strides": "Leave out `strides` of the pooling: its windows do not overlap.",
    },
)


def convolution(filters):
    """Return what to want of a convolution of 3 × 3 with ReLU."""
    return Wanted(
        "Conv2D",
        {"filters": filters, "kernel_size": (3, 3), "activation": "relu"},
        {
            "filters": f"The convolution has {{value}} filters, not {filters}.",
            "kernel_size": "The filters are {value}, not (3, 3).",
            "activation": 'The convolution needs `activation="relu"`.',
        },
    )


def _arguments(thing):
    """Return the arguments of a Keras object by name, as (value, default)."""
    config, signature = thing.get_config(), inspect.signature(type(thing).__init__)
    found = {
        name: (config[name], parameter.default)
        for name, parameter in signature.parameters.items()
        if name in config and name not in FREE
    }
    if "data_format" in found:
        found["data_format"] = config["data_format"], keras.config.image_data_format()
    if "use_bias" in found:  # a layer that learns
        found["trainable"] = config["trainable"], True
    return found


def _same(value, right):
    if isinstance(right, Real) and not isinstance(right, bool):
        numbers = isinstance(value, Real | list | tuple | np.ndarray)
        return numbers and np.allclose(value, right)
    return _penalty(value) == _penalty(right)


def _penalty(value):
    """Return a regulariser of L1 and L2 as its two factors, else what was given."""
    kind = value.get("class_name") if isinstance(value, dict) else None
    if kind not in ("L1", "L2", "L1L2"):
        return value
    return tuple(round(float(value["config"].get(name, 0)), 9) for name in ("l1", "l2"))


def changed(thing, wanted=None):
    """Return the arguments of a Keras object that are not as wanted, as a dict."""
    wanted = wanted or {}
    return {
        name: value
        for name, (value, default) in _arguments(thing).items()
        if not _same(value, wanted.get(name, default))
    }


def _flat(layers):
    """Yield layers and operations, those of models among them, the inputs left out."""
    for layer in layers:
        if isinstance(layer, keras.Model):
            yield from _flat(getattr(layer, "operations", layer.layers))
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def _activation(layer):
    """Return the name of a layer's activation, None if it takes none."""
    kind = type(layer).__name__
    if kind in ("ReLU", "Relu", "Softmax"):
        # Behind a dense layer, the axis 1 is the last one
        others = changed(layer).items() - {("axis", 1)}
        return "another" if others else kind.lower()
    activation = getattr(layer, "activation", None)
    if isinstance(activation, keras.layers.Layer):
        return _activation(activation)
    return activation and getattr(activation, "__name__", "another")


def layers_of(model):
    """Return the layers of a model, see `read_layers`, or raise `NotYet`."""
    if not isinstance(model, keras.Model):
        ask = "Have you called `keras.Model(inputs, outputs)`?"
        kind = type(model).__name__
        raise NotYet(f"This should be a Keras model, but it is a {kind}. {ask}")
    return read_layers([model])


def read_layers(layers):
    """Return layers, those in models among them, as (layer, name of its activation).

    An activation that stands as a layer of its own belongs to the layer before it.
    """
    found = []
    for layer in _flat(layers):
        name = _activation(layer)
        if type(layer).__name__ in ACTIVATIONS and found:
            before, bend = found[-1]
            if name == "linear" or name == bend == "relu":
                continue
            if bend == "linear":
                found[-1] = before, name
                continue
        found.append((layer, name))
    return found


def kinds_of(layers):
    """Return the names of the classes of layers, as `read_layers` returns these."""
    return [type(layer).__name__ for layer, _ in layers]


def refuse_other_layers(layers, wanted):
    """Raise `NotYet` with the words for the first thing that is not as wanted."""
    kinds, right = kinds_of(layers), [want.kind for want in wanted]
    if kinds != right:
        raise NotYet(
            f"The layers should be, in this order: {', '.join(right)}. Yours are: "
            f"{', '.join(kinds[:8])}."
        )
    for (layer, bend), want in zip(layers, wanted, strict=True):
        others = changed(layer, want.arguments)
        others.pop("activation", None)
        if bend != want.arguments.get("activation", bend and "linear"):
            others["activation"] = bend
        for name in sorted(others, key=[*want.words, *others].index):
            words = want.words.get(name, LEAVE_OUT.format(want.kind, name))
            value = _penalty(others[name])
            raise NotYet(words(value) if callable(words) else words.format(value=value))


def loss_of(loss, what="The loss"):
    """Return a loss, as `compile` takes it, as (name of its class, from_logits).

    It raises `NotYet` if that is no cross-entropy, or has other arguments.
    """
    if isinstance(loss, list | tuple | dict) and len(loss) == 1:
        (loss,) = loss.values() if isinstance(loss, dict) else loss
    if inspect.isclass(loss) and issubclass(loss, keras.losses.Loss):
        words = "is a class. Add parentheses to make a loss from it."
        raise NotYet(f"`{loss.__name__}` {words}")
    if isinstance(loss, keras.losses.Loss):
        kind = type(loss).__name__
        if kind not in (ONE_HOT, SPARSE):
            raise NotYet(
                f"{what} is {kind}, which is not made for choosing one of ten classes."
            )
        others = changed(loss)
        logits = others.pop("from_logits", False)
        for name in others:
            raise NotYet(LEAVE_OUT.format(what, name))
        return kind, logits
    for kind, function in LOSSES.items():
        names = isinstance(loss, str) and loss in (kind, function.__name__)
        if loss is function or names:
            return kind, False
    if isinstance(loss, str):
        try:
            keras.losses.get(loss)
        except ValueError:
            raise NotYet(f"Keras knows no loss with the name {loss[:40]!r}.") from None
    raise NotYet(
        "This is not a loss for choosing one class out of several. Look at the table "
        "of labels and losses."
    )


def measures_accuracy(model):
    """Say if a compiled model measures the right accuracy, under its usual name."""
    try:
        metrics = model.get_compile_config()["metrics"]
    except Exception:  # Keras asks the learner's own objects to describe themselves
        return False
    if isinstance(metrics, dict):
        metrics = [*metrics.values()]
    found = [
        (each["class_name"], each["config"]["name"]) if isinstance(each, dict) else each
        for each in leaves(metrics)
    ]
    return "accuracy" in found or ("CategoricalAccuracy", "accuracy") in found
