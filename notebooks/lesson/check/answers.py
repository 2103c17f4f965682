"""The kinds of answers: what is right, which mistakes are known, what is said of them.

An answer of each kind is declared as data: the right one, the known mistakes with
their feedback, and what is said of all others. `tests/unit/test_check.py` gives every
declared mistake to its exercise, and wants to hear the feedback that is declared here.
"""

import dataclasses
import math
from numbers import Real

import numpy as np

from lesson.check.feedback import NotYet
from lesson.check.reading import array, number


@dataclasses.dataclass(frozen=True)
class Answer:
    """What all kinds share.

    Parameters
    ----------
    right : object
        The right answer.
    mistakes : dict from object to str
        Known wrong answers, and what to say to whoever gives them. The first one that
        fits is taken.
    otherwise : str
        What to say of any other wrong answer.
    """

    right: object
    mistakes: dict = dataclasses.field(default_factory=dict)
    otherwise: str = ""

    def read(self, answer, what):
        """Return an answer as a value that `fits` can compare, or raise `NotYet`."""
        raise NotImplementedError

    def fits(self, value, target):
        """Say if a value that was read is the one that was declared."""
        return value == target

    def judge(self, value):
        """Return None if a value is right, else what is said of it."""
        if self.fits(value, self.right):
            return None
        for mistake, reason in self.mistakes.items():
            if self.fits(value, mistake):
                return reason
        return self.otherwise


@dataclasses.dataclass(frozen=True)
class Number(Answer):
    """One number. A target, right or mistaken, may be a pair: from, to.

    Parameters
    ----------
    within : float, optional
        How far an answer may be from a target. By default, whole numbers are taken
        exactly, and others rounded to about three digits.
    several : str, optional
        What to say of an array or a list.

    Examples
    --------
    >>> steps = Number(469, {468: "Round up."}, "Divide by the batch size.")
    >>> steps.judge(steps.read(468.0, "`steps`"))
    'Round up.'
    """

    within: float | None = None
    several: str | None = None

    def read(self, answer, what):
        """Return the answer as a float."""
        if self.several and isinstance(answer, np.ndarray) and answer.ndim:
            raise NotYet(self.several)
        return number(answer, what)

    def fits(self, value, target):
        """Say if a value is close enough to a target, or between two."""
        if isinstance(target, tuple):
            return target[0] <= value <= target[1]
        if self.within is not None:
            return abs(value - target) <= self.within
        if target == round(target):
            return math.isclose(value, target, rel_tol=1e-6)
        return abs(value - target) <= 0.005 * min(max(1.0, abs(target)), 10.0)


@dataclasses.dataclass(frozen=True)
class Choice(Answer):
    """One letter. The mistakes are all the other letters that can be chosen.

    Examples
    --------
    >>> where = Choice("b", {"a": "Not there.", "c": "Nor there."})
    >>> where.judge(where.read(" C) ", "`where`"))
    'Nor there.'
    """

    def read(self, answer, what):
        """Return the letter in lower case."""
        letter = answer.strip(" .)(").lower() if isinstance(answer, str) else None
        letters = sorted([self.right, *self.mistakes])
        if letter not in letters:
            raise NotYet(
                f'{what} should be one letter in quotes, from "{letters[0]}" to '
                f'"{letters[-1]}".'
            )
        return letter


@dataclasses.dataclass(frozen=True)
class Words(Answer):
    """One of a few texts. The mistakes are all the others that can be given.

    Parameters
    ----------
    also : dict from str to str
        Other spellings of the texts.

    Examples
    --------
    >>> sets = Words("test", {"training": "No."}, also={"train": "training"})
    >>> sets.judge(sets.read("Train", "`report`"))
    'No.'
    """

    also: dict = dataclasses.field(default_factory=dict)

    def read(self, answer, what):
        """Return the text as it is declared."""
        text = answer.strip().lower() if isinstance(answer, str) else None
        text = self.also.get(text, text)
        known = sorted([self.right, *self.mistakes])
        if text not in known:
            quoted = [f'"{each}"' for each in known]
            raise NotYet(f"{what} should be {', '.join(quoted[:-1])} or {quoted[-1]}.")
        return text


@dataclasses.dataclass(frozen=True)
class Flag(Answer):
    """True or False; what is said of the wrong one is `otherwise`.

    Examples
    --------
    >>> kept = Flag(True, otherwise="It is kept.")
    >>> kept.judge(kept.read(False, "`kept`"))
    'It is kept.'
    """

    def read(self, answer, what):
        """Return the answer as a bool."""
        if type(answer).__name__ not in ("bool", "bool_"):
            raise NotYet(f"{what} should be True or False, without quotes.")
        return bool(answer)


@dataclasses.dataclass(frozen=True)
class Numbers(Answer):
    """A few numbers, in any arrangement of rows. In a mistake, ``...`` fits any.

    Parameters
    ----------
    count : str
        What to say where there are more or fewer; `{size}` is their number.

    Examples
    --------
    >>> sums = Numbers((5, 7), {(7, 5): "Swapped."}, "Add up.", "Two, not {size}.")
    >>> sums.judge(sums.read([[7], [5]], "`sums`"))
    'Swapped.'
    """

    count: str = ""

    def read(self, answer, what):
        """Return the numbers as a tuple of float."""
        return tuple(array(answer, what).ravel().tolist())

    def fits(self, value, target):
        """Say if all the numbers are equal."""
        return len(value) == len(target) and all(
            other is ... or one == other
            for one, other in zip(value, target, strict=True)
        )

    def judge(self, value):
        """Return None if a value is right, else what is said of it."""
        said = super().judge(value)
        if said == self.otherwise and len(value) != len(self.right):
            return self.count.format(size=len(value))
        return said


@dataclasses.dataclass(frozen=True)
class Shape(Answer):
    """The shape of an array, a tuple; a number of images as None may stand in front.

    Examples
    --------
    >>> after = Shape((14, 14, 8), {(15, 15, 8): "Drop the rest."}, "Halve.")
    >>> after.judge(after.read((None, 15, 15, 8), "`after`"))
    'Drop the rest.'
    """

    def read(self, answer, what):
        """Return the shape as a tuple of float."""
        if isinstance(answer, list | tuple) and len(answer) > 1 and answer[0] is None:
            answer = answer[1:]
        if isinstance(answer, str):
            raise NotYet(
                f"{what} is a text. Write a tuple without quotes: (30, 30, 16)."
            )
        if isinstance(answer, Real):
            answer = (answer,)
        return tuple(number(each, what) for each in np.atleast_1d(array(answer, what)))


@dataclasses.dataclass(frozen=True)
class Order(Answer):
    """Letters in an order, as a text. A mistake is a pair that stands wrong way round.

    Examples
    --------
    >>> steps = Order("CBA", {"CB": "C first.", "BA": "B first."})
    >>> steps.judge(steps.read("b, c, a", "`order`"))
    'C first.'
    """

    def read(self, answer, what):
        """Return the letters in upper case."""
        if isinstance(answer, list | tuple) and all(isinstance(x, str) for x in answer):
            answer = "".join(answer)
        letters = sorted(self.right)
        if not isinstance(answer, str):
            raise NotYet(
                "Write the letters as one text in quotes, such as "
                f'"{"".join(letters)}".'
            )
        given = [letter for letter in answer.upper() if letter.isalpha()]
        if sorted(given) != letters:
            raise NotYet(
                f"Each of the letters {letters[0]} to {letters[-1]} should stand there "
                "exactly once."
            )
        return given

    def judge(self, value):
        """Return None if all pairs are in order, else what is said of the first."""
        for (first, second), reason in self.mistakes.items():
            if value.index(first) > value.index(second):
                return reason
        return None
