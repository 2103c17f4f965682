"""Reads what learners hand over: any object becomes a plain value, or a `NotYet`.

Whatever can go wrong with a strange object goes wrong here, so that the code behind
it handles numbers, texts and arrays alone, and an exception there is a bug of ours.
"""

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
    """
    return all(
        each is ... or each is None or (isinstance(each, str) and not each.strip())
        for each in leaves(answer)
    )


def plain(answer, depth=0):
    """Return tensors and columns, also in lists, as arrays; others as they are."""
    if isinstance(answer, list | tuple) and depth < DEEPEST:
        return [plain(each, depth + 1) for each in answer]
    if isinstance(answer, pd.Series | pd.Index):
        return answer.to_numpy()
    try:
        tensor = keras.ops.is_tensor(answer)
    except Exception:  # it asks for attributes, and what an object does then is its own
        return answer
    return keras.ops.convert_to_numpy(answer) if tensor else answer


def single(answer):
    """Return what an answer holds, where that is one thing; else it is `plain`."""
    answer = plain(answer)
    for _ in range(DEEPEST):
        if isinstance(answer, list) and len(answer) == 1:
            (answer,) = answer
    one = isinstance(answer, np.ndarray) and answer.size == 1
    return answer.item() if one and not np.ma.is_masked(answer) else answer


def number(answer, what):
    """Return an answer as a finite float, or raise `NotYet`."""
    answer = single(answer)
    if isinstance(answer, str):
        raise NotYet(f"{what} is a text. Write the number without quotes.")
    if isinstance(answer, bool | np.bool_):
        raise NotYet(f"{what} is {answer}, but it should be a number.")
    if isinstance(answer, list | np.ndarray):
        raise NotYet(f"{what} should be one number, and is several.")
    if not isinstance(answer, Real):
        raise NotYet(f"{what} should be a number, but is a {type(answer).__name__}.")
    try:
        value = float(answer)
    except OverflowError:
        raise NotYet(f"{what} is far too large.") from None
    if not math.isfinite(value):
        raise NotYet(f"{what} is {value}: no number came out of that calculation.")
    return value


def array(answer, what):
    """Return an answer that is a table of numbers as an array, or raise `NotYet`."""
    answer = plain(answer)
    if isinstance(answer, Real):
        raise NotYet(f"{what} is one number, but it should be a list.")
    if not isinstance(answer, list | np.ndarray | pd.DataFrame):
        kind = type(answer).__name__
        raise NotYet(f"{what} should be a list or an array, but it is a {kind}.")
    held = [*leaves(answer)]
    if any(each is ... for each in held):
        raise NotYet(f"Something in {what} is still blank. Replace each `...`")
    known = Real | np.generic | np.ndarray | pd.DataFrame
    try:
        table = np.asarray(answer if all(isinstance(x, known) for x in held) else "")
    except ValueError:
        raise NotYet(f"{what} has rows of different lengths.") from None
    if table.size > MOST_NUMBERS:
        raise NotYet(f"{what} holds {table.size:,} numbers, far more than asked for.")
    if table.dtype.kind not in "biuf":
        raise NotYet(f"{what} should hold nothing but numbers.")
    return table.astype(float)


def is_like(value, example):
    """Say if a value of the notebook is of the kind that an example is of.

    Learners may have overwritten what an answer is held against.
    """
    if isinstance(example, Real):
        plain_number = isinstance(value, Real) and not isinstance(value, bool)
        return plain_number and math.isfinite(float(value))
    if not isinstance(value, type(example)):
        return False
    if isinstance(example, dict):
        return all(is_like(value.get(key), each) for key, each in example.items())
    if isinstance(example, pd.DataFrame):
        whole = len(value) > 0 and set(example) <= set(value)
        return whole and all(value[name].dtype.kind == "f" for name in example)
    kinds = "f" if example.dtype.kind == "f" else "iu"
    if value.size == 0 or value.ndim != example.ndim or value.dtype.kind not in kinds:
        return False
    return value.ndim == 1 or value.shape[-1] == example.shape[-1]
