"""EXERCISES.md: each objective, where it is taught, and what practises it.

All of it is taken from the notebooks. In a title cell, a comment behind an objective
names the cells that teach it, and the exercise that practises each:
``<!-- convolution: convolve-by-hand, pooling: pool-by-hand -->``.
"""

import re

OBJECTIVE = re.compile(r"(?m)^(\d+)\. (.+?)[;.] *(?:<!--(.*)-->)?$")
HEADING = re.compile(r"##+ Exercise: (.+)")

INTRODUCTION = """\
# Objectives and exercises

For each objective of the lesson: the cell that teaches it, the exercise that practises
it, and the check that answers. Cells are named by their ids in the notebooks' files.
There are {count} exercises. `make format` writes this page from the notebooks.
"""
SECTION = """
## [{title}](notebooks/{name}.ipynb)

| | objective | taught in | exercise | check |
| --- | --- | --- | --- | --- |
"""


def objectives(notebook):
    """Return the objectives of a notebook: number, words, pairs of ids.

    Of each pair, the first is the cell that teaches, the second the exercise.
    """
    return [
        (number, words, re.findall(r"([\w-]+): ([\w-]+)", ties))
        for number, words, ties in OBJECTIVE.findall(notebook.cells[0].source)
    ]


def page(notebooks):
    """Return the text of EXERCISES.md for notebooks by their names, in order."""
    sections, count = [], 0
    for name, notebook in notebooks.items():
        source = {cell.id: cell.source for cell in notebook.cells}
        rows = [
            f"| {number} | {words} | `{taught}` | "
            f"{HEADING.match(source['exercise-' + exercise])[1]} | "
            f"`{exercise.replace('-', '_')}` |\n"
            for number, words, ties in objectives(notebook)
            for taught, exercise in ties
        ]
        if rows:
            title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
            sections += [SECTION.format(title=title, name=name), *rows]
            count += len(rows)
    return INTRODUCTION.format(count=count) + "".join(sections)
