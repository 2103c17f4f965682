"""Questions and their checks stay together, and nothing gives an answer away.

A check knows its answer, its question stands in a notebook. The facts of a question
are its numbers, options, tables, code and classes, those of its hints and its solution,
and the cell for the answer: their fingerprint stands with the check, as `asks`. Whoever
changes a fact is asked to look at the answer, too. Other words can be changed freely.
"""

import ast
import hashlib
import re

import lesson
import pytest
from lesson_files import CODE, cell_source, read_notebooks

FACTS = re.compile(
    r"(?m)^- \w: .*$"  # an option
    r"|^\|.*\|$"  # a row of a table
    r"|```[\s\S]*?```|`[^`]+`"  # code
    r"|(?<![\w.])\d+(?:[.,/]\d+)*"  # a number
    rf"|\b(?:{'|'.join(lesson.data.CLASS_NAMES)})\b"
)
EXERCISES = lesson.check.EXERCISES
each_exercise = pytest.mark.parametrize("exercise", EXERCISES)


def _source(exercise, part):
    notebook = EXERCISES[exercise].notebook
    (name,) = [each for each in read_notebooks() if each.replace("_", "-") == notebook]
    return cell_source(name, f"{part}-{exercise.replace('_', '-')}")


@each_exercise
def test_check_knows_its_question(exercise):
    facts = FACTS.findall(_source(exercise, "exercise") + _source(exercise, "help"))
    facts = " ".join([*facts, _source(exercise, "answer")])
    asks = hashlib.sha256(" ".join(facts.split()).encode()).hexdigest()[:6]
    assert EXERCISES[exercise].asks == asks, (
        f"the question of {exercise} has other numbers, options, tables or code than "
        f'its check was made for: is its answer still right? Then: asks="{asks}"'
    )


def _solution(exercise):
    """Return what the solution gives to the check, as the text of each right side."""
    code = CODE.findall(_source(exercise, "help"))
    return [
        ast.unparse(node.value)
        for node in ast.walk(ast.parse("\n".join(code)))
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) in EXERCISES[exercise].names
    ]


@each_exercise
def test_hints_do_not_hold_the_solution(exercise):
    """Neither its letter or word in quotes, nor its formula, nor its number."""
    question = _source(exercise, "exercise")
    hints = re.split(r"<summary>Solution", _source(exercise, "help"))[0]
    for right in _solution(exercise):
        sought = f'"{right[1:-1]}"' if right[0] in "'\"" else right
        known = sought in question or len(sought) < 3
        assert known or sought not in hints, f"a hint of {exercise} holds {sought}"
