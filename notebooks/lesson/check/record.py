"""Which exercises have been answered: kept in `fit_outputs`, across restarts."""

import contextlib
import csv
import json
import os

from IPython import get_ipython

from lesson import results

WORDS = {True: "right", False: "attempted", None: "left"}
_noted = {}  # in this kernel: of each exercise that was tried, if it was ever right


def read():
    """Return of each exercise that was tried if it was ever right, in any kernel."""
    try:
        text = (results.FIT_OUTPUTS / "progress.json").read_text("utf-8")
        known = {name: right is True for name, right in json.loads(text).items()}
    except (OSError, ValueError, AttributeError):  # missing, or broken
        known = {}
    return known | {each: _noted[each] or known.get(each, False) for each in _noted}


def note(name, right):
    """Note if an answer is right, in a notebook; without a word where it cannot."""
    if get_ipython() is None or _noted.get(name) in (right, True):
        return
    _noted[name] = right
    with contextlib.suppress(OSError):  # then it is known in this kernel only
        part = results.FIT_OUTPUTS / f"progress-{os.getpid()}.part"
        part.write_text(json.dumps(read(), indent=1), "utf-8")
        part.replace(part.with_name("progress.json"))


def _results(notebook):
    """Return of each exercise of a notebook, by its full name, if it is right."""
    from lesson.check import EXERCISES  # each of which needs this module

    known = read()
    return {x: known.get(x) for x in EXERCISES if EXERCISES[x].notebook == notebook}


def so_far(notebook):
    """Say in a line how many exercises of a notebook are right, if this is one."""
    if get_ipython() is None:
        return ""
    right = [*_results(notebook).values()]
    return f"Right so far in this notebook: {right.count(True)} of {len(right)}."


def progress(notebook=None, save_as=None, name=""):
    """Say which exercises, of all notebooks or of "03" say, are right, or are left.

    `save_as` names a CSV file to hand in, with a row for each, and your `name` in it.

    Examples
    --------
    >>> progress("01")
    01-introduction: 0 of 3 right; left: order_steps, ...
    """
    table = [("name", "notebook", "exercise", "result")]
    for title in [results.find(notebook)] if notebook else results.NOTEBOOKS:
        here = _results(title)
        table += [(name, title, each, WORDS[here[each]]) for each in here]
        line = f"{title}: {list(here.values()).count(True)} of {len(here)} right"
        for state in (False, None):
            if which := [each for each in here if here[each] is state]:
                line += f"; {WORDS[state]}: {', '.join(which)}"
        print(line)
    if save_as:
        with open(save_as, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(table)
        print(f"To hand in: {os.path.abspath(save_as)}")
