"""What all checks share: three verdicts, and ways to read an answer.

A check is written as a judge: a function that returns why an answer is right, or
raises `NotYet` with what is wrong in it. `exercise` makes the check of it. A judge's
parameters with the default ``...`` are the learner's answers; its keyword-only
parameters are what the answers are held against.
"""

import dataclasses
import functools
import html
import inspect
import math
import re
import warnings

import keras
import numpy as np
import pandas as pd

RIGHT = "Right."
WRONG = "Not yet."
BLANK = "Not attempted yet."

MOST_NUMBERS = 1_000_000  # in an answer; more would cost the laptop time and memory

# The verdict stands there in words; the colour is only added to it
COLORS = {RIGHT: "#029e73", WRONG: "#d55e00", BLANK: "#808080"}


@dataclasses.dataclass(frozen=True, repr=False)
class Feedback:
    """What a check says of an answer. It is true if the answer is right."""

    verdict: str  # RIGHT, WRONG or BLANK
    reason: str  # why; code in it stands in backticks

    def __bool__(self):
        """Say if the answer is right."""
        return self.verdict == RIGHT

    def __repr__(self):
        """Return the verdict and the reason as plain text."""
        return f"{self.verdict} {self.reason}"

    def _repr_html_(self):
        reason = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(self.reason))
        return (
            f'<p style="border-left: 5px solid {COLORS[self.verdict]}; '
            f'padding-left: 8px"><strong>{self.verdict}</strong> {reason}</p>'
        )


class NotYet(Exception):
    """An answer is wrong; the message says what is wrong, and where to look."""


def exercise(judge):
    """Turn a judge into a check, which returns a `Feedback` and never raises."""
    signature = inspect.signature(judge)
    parameters = signature.parameters.values()
    answers = [p.name for p in parameters if p.default is ...]

    @functools.wraps(judge)
    def check(*args, **kwargs):
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            shape = f"lesson.check.{judge.__name__}{signature}".replace("Ellipsis", "…")
            return Feedback(WRONG, f"Call the check as it was: `{shape}`.")
        bound.apply_defaults()
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                blank = [name for name in answers if is_blank(bound.arguments[name])]
                if blank and len(blank) == len(answers):
                    return Feedback(BLANK, "Put your answer in the place of `...`")
                if blank:
                    raise NotYet(f"Something is still blank: {', '.join(blank)}.")
                return Feedback(RIGHT, judge(*bound.args, **bound.kwargs))
        except Unchanged:
            return Feedback(BLANK, "The cell is still as you found it.")
        except NotYet as wrong:
            return Feedback(WRONG, str(wrong))
        # Whatever a learner hands over, a check must not end in a traceback
        except Exception:
            kinds = ", ".join(type(bound.arguments[name]).__name__ for name in answers)
            return Feedback(
                WRONG,
                f"This cannot be read as an answer (type: {kinds}). Look again at "
                "what the question asks for.",
            )

    return check


class Unchanged(Exception):
    """The cell holds what it held before the learner came."""


def is_blank(answer):
    """Say if an answer has not been given: ``...``, None, an empty text, or a list
    of nothing else.
    """
    if isinstance(answer, list | tuple) and answer:
        return all(is_blank(each) for each in answer)
    return (
        answer is ...
        or answer is None
        or (isinstance(answer, str) and not answer.strip())
    )


def _holds_blanks(answer):
    """Say if a list, or a list in it, holds a ``...`` among other things."""
    if isinstance(answer, list | tuple):
        return any(_holds_blanks(each) for each in answer)
    return answer is ...


def number(answer, what="The answer"):
    """Return an answer as a float.

    Raises
    ------
    NotYet
        If it is not one finite number.
    """
    if isinstance(answer, str):
        raise NotYet(f"{what} is a text. Write the number without quotes.")
    if isinstance(answer, bool | np.bool_):
        raise NotYet(f"{what} is {answer}, and should be a number.")
    if keras.ops.is_tensor(answer):
        answer = keras.ops.convert_to_numpy(answer)
    if (
        isinstance(answer, np.ndarray)
        and answer.size == 1
        and not np.ma.is_masked(answer)
    ):
        answer = answer.item()
    if isinstance(answer, list | tuple | np.ndarray | pd.Series):
        raise NotYet(f"{what} should be one number, and is several.")
    if not isinstance(answer, int | float | np.number):
        raise NotYet(f"{what} should be a number, and is a {type(answer).__name__}.")
    if not math.isfinite(answer):
        raise NotYet(f"{what} is {answer}: no number came out of that calculation.")
    return float(answer)


def numbers(answer, what="The answer"):
    """Return an answer, such as a list, an array or a tensor, as an array of float.

    Raises
    ------
    NotYet
        If it is not a rectangular table of numbers.
    """
    if keras.ops.is_tensor(answer):
        answer = keras.ops.convert_to_numpy(answer)
    if isinstance(answer, int | float | np.number):
        raise NotYet(f"{what} is one number, and should be a list.")
    if not isinstance(answer, list | tuple | np.ndarray | pd.Series | pd.DataFrame):
        raise NotYet(
            f"{what} should be a list or an array, and is a {type(answer).__name__}."
        )
    if _holds_blanks(answer):
        raise NotYet(f"Something in {what} is still blank: replace every `...`.")
    try:
        array = np.asarray(answer)
    except ValueError:
        raise NotYet(f"{what} has rows of different lengths.") from None
    if array.size > MOST_NUMBERS:
        raise NotYet(f"{what} holds {array.size:,} numbers, far more than asked for.")
    if array.dtype.kind not in "biuf":
        raise NotYet(f"{what} should hold nothing but numbers.")
    return array.astype(float)


def is_close(value, target):
    """Say if a number is the one looked for: counts exactly, others rounded to
    about three digits.
    """
    if target == round(target):
        return math.isclose(value, target, rel_tol=1e-6)
    return abs(value - target) <= 0.005 * min(max(1.0, abs(target)), 10.0)


def match_number(answer, right, mistakes, otherwise, what="The answer"):
    """Hold a number against the right one and against those of known mistakes.

    Parameters
    ----------
    answer : object
    right : float
    mistakes : dict from float to str
        What to say to a learner who has this number instead.
    otherwise : str
        What to say to all others.
    what : str
        The answer's name in a sentence.

    Raises
    ------
    NotYet
        If it is not `right`.
    """
    value = number(answer, what)
    if is_close(value, right):
        return
    for mistake, reason in mistakes.items():
        if is_close(value, mistake):
            raise NotYet(reason)
    raise NotYet(otherwise)


def choose(answer, right, said, what="The answer"):
    """Return what is said of the right choice.

    Parameters
    ----------
    answer : object
    right : str
        The right letter.
    said : dict from str to str
        What to say to each letter that can be chosen.
    what : str
        The answer's name in a sentence.

    Raises
    ------
    NotYet
        If another letter was chosen, or no letter.
    """
    letter = answer.strip(" .)(").lower() if isinstance(answer, str) else None
    if letter not in said:
        letters = list(said)
        raise NotYet(
            f'{what} should be one letter in quotes, from "{letters[0]}" to '
            f'"{letters[-1]}".'
        )
    if letter != right:
        raise NotYet(said[letter])
    return said[letter]


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
    activation = layer.get_config().get("activation")
    return activation if isinstance(activation, str) else None


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
    """
    if inspect.isclass(compiled) and issubclass(compiled, keras.losses.Loss):
        raise NotYet(
            f"`{compiled.__name__}` is a class. Add parentheses to make a loss of it."
        )
    if isinstance(compiled, dict):
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
    name = getattr(compiled, "__name__", None)
    for loss in (
        keras.losses.CategoricalCrossentropy,
        keras.losses.SparseCategoricalCrossentropy,
    ):
        if name == loss().name:
            return loss.__name__, False
    raise NotYet(
        "This is not a loss for choosing one class out of several. Look at the table "
        "of labels and losses."
    )
