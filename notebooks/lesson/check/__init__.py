"""Answers to the exercises of the notebooks, checked at once.

Each exercise has a check of its name, called in the cell of the answer:
``lesson.check.neuron(total, output)``. It returns a `Feedback`, which Jupyter shows:
"Right." and why, "Not yet." and what is wrong in this very answer, or "Not attempted
yet." A feedback is true if the answer is right, so that a solution can step in where
there is none. A check never raises because of an answer, and trains nothing. `progress`
says which exercises have been answered so far.

The checks of a notebook stand in the module of its name: what is declared there is
here by itself, see `exercise`.

Examples
--------
>>> neuron(total=-1.25, output=0)
Not yet. The sum leaves out the bias of 0.5.
"""

import importlib
import pkgutil

from lesson.check.exercise import Exercise
from lesson.check.record import progress


def _find():
    """Return all exercises by name, each with the name of its notebook's module."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        members = vars(importlib.import_module(f"{__name__}.{module.name}"))
        for name, each in members.items():
            if isinstance(each, Exercise):
                if name in found:
                    raise NameError(f"two exercises have the name {name}")
                each.__name__, each.notebook = name, module.name.replace("_", "-")
                found[name] = each
    return found


EXERCISES = _find()
globals().update(EXERCISES)
__all__ = sorted([*EXERCISES, progress.__name__])
__dir__ = __all__.copy  # for tab completion
