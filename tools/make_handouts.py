"""Make the editions of the notebooks that a workshop needs, and zips of them.

Everything comes from `notebooks/`, and goes into `handouts/`, which Git ignores: one
zip with all editions, one for each edition by itself, and the folders that are in them.

- `notebooks`, the learner edition: without outputs, exercises blank;
- `live-coding`: of each cell that is typed in class, the outline is left;
- `solution`: with outputs, the answers filled in from the solutions.

The same files give the same zip, byte for byte.
"""

import ast
import contextlib
import itertools
import re
import shutil
import textwrap
import time
import zipfile
from pathlib import Path

import nbformat
from format import GLOSSARY, NOTEBOOKS, ROOT, canonical_text, notebooks

NAME = "cnn-lesson"  # of the zip, and of the folder in it
# Each edition with its folder; one by itself lies in that of the learners
EDITIONS = {
    "learner": "notebooks",
    "live-coding": "live-coding",
    "solution": "solution",
}
BESIDE = """
[!i]*.md LICENSE CITATION.cff instructors/*.md hosting/*.md
Makefile environment.yml requirements.txt requirements-[jt]*.txt
jupyter/* jupyter/workspace/*
tools/check_python.py tools/estimate.py tools/lab.py
fit_outputs/reference/* fig/*
"""

# What nobody types: imports, figures with their text alternatives, explorers, commands
KEPT = re.compile(r"(?s)import lesson\b|.*lesson\.(plot\.show|widgets)\b|(.*\n)?[%!]")
# A solution that runs where there is no right answer
RUNS = re.compile(r"(?ms)^if not lesson\.check\.(\w+)\(.*?\):\n(.+)")


class Outline(ast.NodeTransformer):
    """Leaves of some code its names and what it calls; `...` is for the rest."""

    def visit(self, node):
        """Return a node without what a learner has to know; None for a docstring."""
        kind, blank = type(node), ast.Constant(...)
        if kind is ast.arguments or isinstance(getattr(node, "ctx", None), ast.Store):
            return node
        if kind is ast.Expr and isinstance(node.value, ast.Constant):
            return None
        if kind is ast.Call:
            arguments = [blank] if node.args or node.keywords else []
            return ast.Call(self.visit(node.func), arguments, [])
        if kind is ast.Subscript:
            return ast.Subscript(self.visit(node.value), blank)
        if isinstance(node, ast.expr) and kind not in (ast.Name, ast.Attribute):
            return blank
        return self.generic_visit(node)


def to_type(source):
    """Return the comment that stands in the place of some code."""
    outline = ast.unparse(Outline().visit(ast.parse(source))).split("\n")
    lines = [f"# {line}" for line, _ in itertools.groupby(outline) if line]
    return "\n".join(["# Type here:", *lines])


def solutions(notebook):
    """Return the solutions of a notebook's exercises, by the ids of their answers."""
    found = {}
    for cell in notebook.cells:
        if cell.id.startswith("help-"):
            for code in re.findall(r"(?s)```python\n(.*?)\n```", cell.source):
                found[cell.id.replace("help-", "answer-")] = code
        elif "solution" in cell.metadata.get("tags", ()):
            for name, code in RUNS.findall(cell.source):
                found["answer-" + name.replace("_", "-")] = textwrap.dedent(code)
    return found


def fill(source, solution):
    """Return an answer's cell with a solution for its blanks, or for all it has."""
    lines = source.split("\n")
    given = ast.parse(source).body[:-1]
    blanks = [node for node in given if "..." in ast.unparse(node)] or given
    first, last = blanks[0].lineno - 1, blanks[-1].end_lineno
    while first and lines[first - 1].startswith("#"):  # these say what to fill in
        first -= 1
    return "\n".join([*lines[:first], solution, *lines[last:]])


def edition(notebook, name):
    """Return a copy of a notebook as one of the `EDITIONS`."""
    notebook = nbformat.from_dict(notebook)
    known = solutions(notebook)
    for cell in notebook.cells:
        if name != "live-coding":  # whose reader teaches
            cell.metadata.pop("instructor", None)
        if cell.cell_type != "code":
            continue
        before, is_answer = cell.source, cell.id.startswith("answer-")
        of_exercise = is_answer or "solution" in cell.metadata.get("tags", ())
        if name == "live-coding" and not (of_exercise or KEPT.match(before)):
            cell.source = to_type(before)
        elif name == "solution" and is_answer:
            cell.source = fill(before, known[cell.id])
        # An output stands only below the code that made it
        if name != "solution" or cell.source != before:
            cell.outputs, cell.execution_count = [], None
    return notebook


def build(folder, editions=EDITIONS):
    """Write editions, and what lies beside them, into a folder made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, place in editions.items():
        no_cache = shutil.ignore_patterns("__pycache__")
        home = folder / place
        shutil.copytree(NOTEBOOKS / "lesson", home / "lesson", ignore=no_cache)
        for path in notebooks():
            text = canonical_text(edition(nbformat.read(path, as_version=4), name))
            (home / path.name).write_text(text, "utf-8", newline="\n")
        shutil.copy(GLOSSARY, home)
    beside = (each for name in BESIDE.split() for each in ROOT.glob(name))
    for path in filter(Path.is_file, beside):
        there = folder / path.relative_to(ROOT)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, there)


def set_aside(folder):
    """Move a folder away in which somebody works: it holds more than its zip."""
    made = {}
    with contextlib.suppress(OSError, zipfile.BadZipFile):
        with zipfile.ZipFile(folder.with_suffix(".zip")) as packed:
            made = {name: packed.read(name) for name in packed.namelist()}
    files = (each for each in folder.rglob("*") if each.is_file())
    for file in (each for each in files if each.parent.name != "__pycache__"):
        if made.get(file.relative_to(folder.parent).as_posix()) != file.read_bytes():
            aside = folder.with_name(f"{folder.name}-{time.strftime('%Y%m%d-%H%M%S')}")
            folder.rename(aside)
            print(f"{file.name} is not as it was made: your folder is {aside.name} now")
            return


def pack(folder):
    """Zip a folder, without times and owners, and return the zip's path."""
    part, whole = folder.with_suffix(".part"), folder.with_suffix(".zip")
    with zipfile.ZipFile(part, "w") as packed:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            info = zipfile.ZipInfo(file.relative_to(folder.parent).as_posix())
            info.create_system, info.external_attr = 3, 0o644 << 16
            packed.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return part.replace(whole)  # at once: it may be being served


if __name__ == "__main__":
    alone = {f"{NAME}-{name}": {name: EDITIONS["learner"]} for name in EDITIONS}
    for name, editions in ({NAME: EDITIONS} | alone).items():
        set_aside(folder := ROOT / "handouts" / name)
        build(folder, editions)
        print(f"{pack(folder).relative_to(ROOT)} and its folder are made anew")
