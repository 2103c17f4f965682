"""The kinds of answers: what is right, which mistakes are known, what is said of them.

An answer of each kind is declared as data. `tests/unit/test_check.py` gives every
declared mistake to its exercise, and wants to hear the words that are declared here.
"""

import dataclasses
import math
import re
import string
from numbers import Real

import numpy as np

from lesson.check.feedback import NotYet
from lesson.check.reading import array, number, plain, single


@dataclasses.dataclass(frozen=True)
class Answer:
    """What all kinds share; each has a method `read`, which makes a plain value.

    Words that begin with a small letter get the answer's name in front.
    """

    right: object
    # Known wrong answers, and what to say of them; the first one that fits is taken
    mistakes: dict = dataclasses.field(default_factory=dict)
    otherwise: str = ""  # what to say of any other wrong answer

    options = ()  # all that can be answered, where that is one of a few

    def fits(self, value, target):
        """Say if a value that was read is the one that was declared."""
        return value == target

    def judge(self, value):
        """Return None if a value is right, else what is said of it."""
        if self.fits(value, self.right):
            return None
        for mistake, said in self.mistakes.items():
            if self.fits(value, mistake):
                return said
        return self.otherwise


@dataclasses.dataclass(frozen=True)
class Number(Answer):
    """One number. A target, right or mistaken, may be a pair: from, to."""

    # How far an answer may be from a target. By default, whole numbers are taken
    # exactly, and others rounded to about three digits
    within: float | None = None
    several: str | None = None  # what to say of an array

    def read(self, answer, what):
        """Return the answer as a float."""
        if self.several and isinstance(single(answer), np.ndarray):
            raise NotYet(self.several)
        return number(answer, what)

    def fits(self, value, target):
        """Say if a value is close enough to a target, or between two."""
        if isinstance(target, tuple):
            return target[0] <= value <= target[1]
        if self.within is not None:
            return abs(value - target) <= self.within
        if target == round(target):
            return math.isclose(value, target, rel_tol=1e-6) and abs(value - target) < 1
        return abs(value - target) <= 0.005 * min(max(1.0, abs(target)), 10.0)


@dataclasses.dataclass(frozen=True)
class Words(Answer):
    """One of a few texts. The mistakes are all the others that can be given."""

    also: dict = dataclasses.field(default_factory=dict)  # other spellings

    @property
    def options(self):
        """Return all the texts that are known."""
        return sorted([self.right, *self.mistakes])

    def read(self, answer, what):
        """Return the text as it is declared."""
        text = single(answer)
        text = text[:100].lower() if isinstance(text, str) else ""
        text = text.strip(string.punctuation + string.whitespace)
        # "Fine tuned" is fine-tuned
        known = {_letters(each): each for each in self.options}
        known |= {_letters(each): name for each, name in self.also.items()}
        for each in (text, re.sub(r"^(the|an?|from)\s+", "", text)):
            if _letters(each) in known:
                return known[_letters(each)]
        raise NotYet(self._complaint(what, [f'"{each}"' for each in self.options]))

    def _complaint(self, what, known):
        return f"{what} should be {', '.join(known[:-1])} or {known[-1]}."


def _letters(text):
    return re.sub(r"[\s-]", "", text)


@dataclasses.dataclass(frozen=True)
class Choice(Words):
    """One letter. The mistakes are all the other letters that can be chosen."""

    def __init__(self, right, **mistakes):
        """Declare the right letter, and what to say to the others."""
        super().__init__(right, mistakes)

    def _complaint(self, what, known):
        return f"{what} should be one letter in quotes, from {known[0]} to {known[-1]}."


@dataclasses.dataclass(frozen=True)
class Flag(Answer):
    """True or False; what is said of the wrong one is `otherwise`."""

    options = (True, False)

    def read(self, answer, what):
        """Return the answer as a bool."""
        answer = single(answer)
        if not isinstance(answer, bool | np.bool_):
            raise NotYet(f"{what} should be True or False, without quotes.")
        return bool(answer)


@dataclasses.dataclass(frozen=True)
class Numbers(Answer):
    """A few numbers, in any arrangement of rows. In a mistake, ``...`` fits any."""

    count: str = ""  # what to say where there are more or fewer, `{size}` of them

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
    """The shape of an array, a tuple; a number of images as None may stand in front."""

    def read(self, answer, what):
        """Return the shape as a tuple of float."""
        if isinstance(answer, list | tuple) and len(answer) > 1 and answer[0] is None:
            answer = answer[1:]
        if isinstance(answer, str):
            words = "is a text. Write a tuple without quotes: (30, 30, 16)."
            raise NotYet(f"{what} {words}")
        if isinstance(answer, Real):
            answer = (answer,)
        return tuple(number(each, what) for each in np.atleast_1d(array(answer, what)))

    def judge(self, value):
        """Return None if a value is right, else what is said of it."""
        if value != self.right and sorted(value) == sorted(self.right):
            return (
                "the numbers are right. Put them in this order: height, width, "
                "feature maps."
            )
        if value == (1, *self.right) and value not in self.mistakes:
            return (
                "leave out the number of images in front: we want the shape of "
                "one image."
            )
        return super().judge(value)


@dataclasses.dataclass(frozen=True)
class Order(Answer):
    """Letters in an order, as a text. A mistake is named by a pair as it is right."""

    def read(self, answer, what):
        """Return the letters in upper case."""
        answer, letters = plain(answer), "".join(sorted(self.right))
        if isinstance(answer, np.ndarray) and answer.size <= len(letters):
            answer = answer.tolist()
        if isinstance(answer, list | tuple) and all(isinstance(x, str) for x in answer):
            answer = "".join(answer)
        if not isinstance(answer, str):
            words = "Write the letters as one text in quotes, such as"
            raise NotYet(f'{words} "{letters}".')
        given = [letter for letter in answer.upper() if letter.isalpha()]
        if "".join(sorted(given)) != letters:
            span = f"{letters[0]} to {letters[-1]}"
            raise NotYet(f"Each of the letters {span} should be in it exactly once.")
        return given

    def judge(self, value):
        """Return None if all pairs are in order, else what is said of the first."""
        for (first, second), reason in self.mistakes.items():
            if value.index(first) > value.index(second):
                return reason
        return None
