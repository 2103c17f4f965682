"""Makes checks: of declared answers, or of a function that judges.

``neuron = Exercise("...", total=Number(...), output=Number(...), right="...")`` is all
that a check of numbers, choices, words or shapes needs. Where an answer is a model, an
array or a function, `judge` makes a check of a function that returns why an answer is
right, or raises `NotYet` with what is wrong in it.
"""

import dataclasses
import inspect
import warnings

from lesson.check import record
from lesson.check.feedback import (
    BLANK,
    RIGHT,
    WRONG,
    Clickable,
    Feedback,
    NotYet,
    Unchanged,
)
from lesson.check.reading import is_blank, is_like

OVERWRITTEN = (
    "`{}` is not what the notebook made. Run the cells above again, and then this one."
)


class Exercise:
    """A check: called with a learner's answers, it returns a `Feedback`.

    It never raises because of what it is given; an exception is a bug in a judge.

    Parameters
    ----------
    doc : str
        What is checked, in a line.
    right : str
        Why the answers are right.
    asks : str, optional
        The fingerprint of the question's facts, see `tests/rules/test_exercises.py`.
    given : dict from str to object, optional
        What the answers are held against: names of the notebook, each with an example
        value, which says of which kind it has to be. An empty table or array will do.
        The check takes them by keyword.
    together : list of (dict from str to object, str), optional
        Mistakes that show in several answers at once, and what to say of them.
    **answers : Answer or callable
        Each by its name. A function makes the answer from what is given.

    Examples
    --------
    >>> from lesson.check.answers import Number
    >>> double = Exercise(
    ...     "Twice a number.",
    ...     given={"one": 3},
    ...     two=lambda one: Number(2 * one, {one: "Twice, not once."}, "Double it."),
    ...     right="Two times one.",
    ... )
    >>> double(6, one=3)
    Right. Two times one.
    >>> double(3, one=3)
    Not yet. Twice, not once.
    """

    notebook = None  # the name of its own, see `lesson.check`
    _answers = {}

    def __init__(self, doc, *, right, asks="", given=None, together=(), **answers):
        """Declare a check; the parameters are those of the class."""
        self.right, self.together, self._answers = right, together, answers
        blanks = [inspect.Parameter(name, 1, default=...) for name in answers]
        keys = [inspect.Parameter(name, 3) for name in given or {}]
        self._set_up(doc, inspect.Signature([*blanks, *keys]), asks, given or {})

    def _set_up(self, doc, signature, asks, given):
        self.__doc__, self.__signature__ = doc, signature
        self.asks, self.given = asks, given
        parameters = signature.parameters.values()
        self.names = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
        self._blanks = [p.name for p in parameters if p.default is ...]

    def __call__(self, *args, **kwargs):
        """Check answers, see the class, and note what is said of them."""
        said = self._feedback(args, kwargs)
        if self.notebook and said.verdict != BLANK:
            record.note(self.__name__, bool(said))
            if said:
                said = dataclasses.replace(said, aside=record.so_far(self.notebook))
        return said

    def _feedback(self, args, kwargs):
        try:
            bound = self.__signature__.bind(*args, **kwargs)
        except TypeError:
            shape = f"lesson.check.{self.__name__}{self.__signature__}"
            shape = shape.replace("Ellipsis", "…")
            return Feedback(WRONG, f"Call the check as the notebook did: `{shape}`.")
        bound.apply_defaults()
        try:
            with warnings.catch_warnings(action="ignore"):
                self._refuse_blanks(bound.arguments)
                for name, example in self.given.items():
                    if not is_like(bound.arguments[name], example):
                        raise NotYet(OVERWRITTEN.format(name))
                return Feedback(RIGHT, self._judge(bound))
        except Unchanged as blank:
            if options := self._options():
                return Clickable(BLANK, str(blank), check=self, options=options)
            return Feedback(BLANK, str(blank))
        except NotYet as wrong:
            return Feedback(WRONG, str(wrong))

    def _refuse_blanks(self, arguments):
        blank = [name for name in self._blanks if is_blank(arguments[name])]
        if blank and len(blank) == len(self._blanks):
            raise Unchanged("Put your answer in the place of `...`")
        if blank:
            raise NotYet(f"Something is still blank: {', '.join(blank)}.")

    def _options(self):
        """Return what each answer can be, by its name, if each is one of a few."""
        found = {name: getattr(x, "options", ()) for name, x in self._answers.items()}
        return found if all(found.values()) and not self.given else {}

    def declared(self, given):
        """Return the declared answers by name, made from a dict of what is given."""
        return {
            name: answer(**given) if callable(answer) else answer
            for name, answer in self._answers.items()
        }

    def _judge(self, bound):
        answers = self.declared({name: bound.arguments[name] for name in self.given})
        values = {}
        for name, answer in answers.items():
            what = "The answer" if name == "answer" else f"`{name}`"
            values[name] = answer.read(bound.arguments[name], what)
        for name, answer in answers.items():
            said = answer.judge(values[name])
            if said is None:
                continue
            for mistake, reason in self.together:
                if name in mistake and all(
                    answers[key].fits(values[key], mistake[key]) for key in mistake
                ):
                    said = reason
            raise NotYet(f"`{name}`: {said}" if said[:1].islower() else said)
        return self.right


class Judged(Exercise):
    """A check made of a judge, see `judge`."""

    def __init__(self, function, asks, given):
        """Take over the function's name, docstring and parameters."""
        self.function, self.__name__ = function, function.__name__
        self._set_up(function.__doc__, inspect.signature(function), asks, given)

    def _judge(self, bound):
        return self.function(*bound.args, **bound.kwargs)


def judge(asks="", **given):
    """Return a decorator that makes a check of a function.

    The function's parameters with the default ``...`` are the learner's answers; its
    keyword-only ones are what they are held against, each given here as an example.
    For `asks`, see `Exercise`.

    Examples
    --------
    >>> @judge()
    ... def upper(text=...):
    ...     if text != text.upper():
    ...         raise NotYet("Capital letters only.")
    ...     return "All capital."
    >>> upper("no")
    Not yet. Capital letters only.
    """

    return lambda function: Judged(function, asks, given)
