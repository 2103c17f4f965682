"""Write EXERCISES.md: each objective, where it is taught, and what practises it.

    python tools/list_exercises.py

All of it is taken from the notebooks. In a title cell, a comment behind an objective
names the cells that teach it, and the exercise that practises each:
``<!-- convolution: convolve-by-hand, pooling: pool-by-hand -->``.
"""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "EXERCISES.md"
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
    """Return the objectives of a notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    list of (str, str, list of (str, str))
        The number, the words, and pairs of ids: the cell that teaches, the exercise.
    """
    return [
        (number, words, re.findall(r"([\w-]+): ([\w-]+)", ties))
        for number, words, ties in OBJECTIVE.findall(notebook.cells[0].source)
    ]


def page(notebooks):
    """Return the text of EXERCISES.md.

    Parameters
    ----------
    notebooks : dict from str to nbformat.NotebookNode
        By the stems of their files, in order.
    """
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


def write_page():
    """Write EXERCISES.md; return a list of lines that say what changed."""
    notebooks = {
        path.stem: nbformat.read(path, as_version=4)
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    }
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    new = page(notebooks)
    if new == old:
        return []
    PAGE.write_text(new, encoding="utf-8", newline="\n")
    return ["EXERCISES.md: written anew from the notebooks"]


if __name__ == "__main__":
    print("\n".join(write_page()) or "EXERCISES.md: nothing to do")
