"""Reads what learners hand over: any object becomes a plain value, or a `NotYet`.

Whatever can go wrong with a strange object goes wrong here, so that the code behind
it handles numbers, texts and arrays alone, and an exception there is a bug of ours.
"""

import inspect
import math
from numbers import Real

import keras
import numpy as np
import pandas as pd

from lesson.check.feedback import NotYet

MOST_NUMBERS = 1_000_000  # in an answer; more would cost the laptop time and memory
DEEPEST = 8  # lists in lists; a list may even hold itself


def leaves(answer, depth=0):
    """Yield what a list or tuple holds, and what the lists in it hold."""
    if isinstance(answer, list | tuple) and answer and depth < DEEPEST:
        for each in answer:
            yield from leaves(each, depth + 1)
    else:
        yield answer


def is_blank(answer):
    """Say if an answer has not been given: ``...``, None, an empty text, or a list
    of nothing else.

    Examples
    --------
    >>> is_blank(...), is_blank([[...], [...]]), is_blank(0)
    (True, True, False)
    """
    return all(
        each is ... or each is None or (isinstance(each, str) and not each.strip())
        for each in leaves(answer)
    )


def _without_tensors(answer):
    """Return a tensor as an array, anything else as it is."""
    try:
        tensor = keras.ops.is_tensor(answer)
    except Exception:  # it asks for attributes, and what an object does then is its own
        return answer
    return keras.ops.convert_to_numpy(answer) if tensor else answer


def number(answer, what="The answer"):
    """Return an answer as a float.

    Raises
    ------
    NotYet
        If it is not one finite number.

    Examples
    --------
    >>> number(np.float32(0.5))
    0.5
    """
    if isinstance(answer, str):
        raise NotYet(f"{what} is a text. Write the number without quotes.")
    if isinstance(answer, bool | np.bool_):
        raise NotYet(f"{what} is {answer}, and should be a number.")
    answer = _without_tensors(answer)
    if (
        isinstance(answer, np.ndarray)
        and answer.size == 1
        and not np.ma.is_masked(answer)
    ):
        answer = answer.item()
    if isinstance(answer, list | tuple | np.ndarray | pd.Series):
        raise NotYet(f"{what} should be one number, and is several.")
    if not isinstance(answer, Real):
        raise NotYet(f"{what} should be a number, and is a {type(answer).__name__}.")
    try:
        value = float(answer)
    except OverflowError:
        raise NotYet(f"{what} is far too large.") from None
    if not math.isfinite(value):
        raise NotYet(f"{what} is {value}: no number came out of that calculation.")
    return value


def array(answer, what):
    """Return an answer, such as a list, an array or a tensor, as an array of float.

    Raises
    ------
    NotYet
        If it is not a rectangular table of numbers.

    Examples
    --------
    >>> array([[1, 2], [3, 4]], "`result`").shape
    (2, 2)
    """
    answer = _without_tensors(answer)
    if isinstance(answer, Real):
        raise NotYet(f"{what} is one number, and should be a list.")
    if not isinstance(answer, list | tuple | np.ndarray | pd.Series | pd.DataFrame):
        raise NotYet(
            f"{what} should be a list or an array, and is a {type(answer).__name__}."
        )
    if any(each is ... for each in leaves(answer)):
        raise NotYet(f"Something in {what} is still blank: replace every `...`.")
    try:
        table = np.asarray(answer)
    except ValueError:
        raise NotYet(f"{what} has rows of different lengths.") from None
    except Exception:  # the methods of an object in it are not ours
        raise NotYet(f"{what} should hold nothing but numbers.") from None
    if table.size > MOST_NUMBERS:
        raise NotYet(f"{what} holds {table.size:,} numbers, far more than asked for.")
    if table.dtype.kind not in "biuf":
        raise NotYet(f"{what} should hold nothing but numbers.")
    return table.astype(float)


def layers_of(model):
    """Return a model's layers as (layer, name of its activation), the input left out.

    An activation that stands as a layer of its own belongs to the layer before it.

    Raises
    ------
    NotYet
        If it is not a model.
    """
    if inspect.isclass(model) or not isinstance(model, keras.Model):
        raise NotYet(
            f"This should be a Keras model, and is a {type(model).__name__}. "
            "Have you called `keras.Model(inputs, outputs)`?"
        )
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        name = _activation(layer)
        alone = isinstance(
            layer,
            keras.layers.Activation | keras.layers.ReLU | keras.layers.Softmax,
        )
        if alone and found and found[-1][1] in (None, "linear"):
            found[-1] = (found[-1][0], name)
        else:
            found.append((layer, name))
    return found


def _activation(layer):
    """Return the name of a layer's activation, None if it has none."""
    if isinstance(layer, keras.layers.ReLU):
        return "relu"
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", None)


def loss_of(compiled):
    """Return a compiled loss as (name of its class, from_logits).

    Parameters
    ----------
    compiled : str or dict or keras.losses.Loss
        A loss as `compile` takes it, or as `get_compile_config` returns it.

    Raises
    ------
    NotYet
        If it is not a loss.

    Examples
    --------
    >>> loss_of("categorical_crossentropy")
    ('CategoricalCrossentropy', False)
    """
    if inspect.isclass(compiled) and issubclass(compiled, keras.losses.Loss):
        raise NotYet(
            f"`{compiled.__name__}` is a class. Add parentheses to make a loss of it."
        )
    if isinstance(compiled, dict) and {"class_name", "config"} <= set(compiled):
        return compiled["class_name"], compiled["config"].get("from_logits", False)
    if isinstance(compiled, str):
        try:
            compiled = keras.losses.get(compiled)
        except ValueError:
            raise NotYet(
                f"Keras knows no loss with the name {compiled[:40]!r}."
            ) from None
    if isinstance(compiled, keras.losses.Loss):
        return type(compiled).__name__, compiled.get_config().get("from_logits", False)
    # Keras returns functions for the names of its losses
    for loss in (
        keras.losses.CategoricalCrossentropy,
        keras.losses.SparseCategoricalCrossentropy,
    ):
        if compiled is keras.losses.get(loss().name):
            return loss.__name__, False
    raise NotYet(
        "This is not a loss for choosing one class out of several. Look at the table "
        "of labels and losses."
    )


def is_like(value, example):
    """Say if a value of the notebook is of the kind that an example is of.

    Learners may have overwritten what an answer is held against.

    Examples
    --------
    >>> is_like(0.5, 0.484), is_like("half", 0.484), is_like([0.5], 0.484)
    (True, False, False)
    """
    if isinstance(example, dict):
        return isinstance(value, dict) and all(
            is_like(value.get(key), each) for key, each in example.items()
        )
    if isinstance(example, pd.DataFrame):
        return (
            isinstance(value, pd.DataFrame)
            and len(value) > 0
            and set(example) <= set(value)
            and all(value[name].dtype.kind == "f" for name in example)
        )
    if isinstance(example, np.ndarray):
        return (
            isinstance(value, np.ndarray)
            and value.size > 0
            and value.dtype.kind in ("f" if example.dtype.kind == "f" else "iu")
            and value.ndim == example.ndim
            and (value.ndim == 1 or value.shape[-1] == example.shape[-1])
        )
    return (
        isinstance(value, Real)
        and not isinstance(value, bool)
        and math.isfinite(float(value))
    )
