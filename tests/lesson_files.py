"""Where the lesson's files lie, and what its notebooks and their last run hold."""

import ast
import base64
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import lesson
import nbformat
import pandas as pd
import pytest
from format import NOTEBOOKS, ROOT, notebooks, short

REFERENCE = ROOT / "fit_outputs" / "reference"
SITE = ROOT / "build" / "site"  # what `make site` builds

# Each notebook is tested in a sandbox of its own, see `notebook_runs`: a run starts
# from nothing but the shipped files, and touches no tracked file, no model of a
# learner, and no other notebook's results
SANDBOXES = ROOT / "build" / "test"
FOLLOWS = {  # each starts from what the other wrote
    "05-overfitting": "04-fit-cnn",
    "06-evaluate-predict": "05-overfitting",
}

FITTED = {"intro": "04-fit-cnn", "dropout": "05-overfitting"}  # where each is fitted
MODELS = tuple(FITTED)

# By backend, notebook and cell: the outputs that are not those of TensorFlow
OTHERWISE = tomllib.loads((ROOT / "tests" / "backends.toml").read_text("utf-8"))
BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")

# Sums in prose, perhaps with a word behind each number: "3 colours × 16 = 48"
_TERM = r"\d+(?:[,.]\d+)*(?: [a-z ]+)?"
SUM = re.compile(rf"({_TERM}(?: [×+−] {_TERM})+) = (?=(\d+(?:[,.]\d+)*))")

PAGE_FILES = ("*.md", "notebooks/*.md", "hosting/*.md", "instructors/*.md", "site/*.md")
PICTURE = re.compile(r'src="data:image/png;base64,([A-Za-z0-9+/=]*)"')
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)  # to be pasted

# Where results of a training come from
FITS = {"fit", "train_on_batch"}
SAVES = {"save", "to_csv"}
TRAINING = {*FITS, "evaluate", "predict", "run_all", "load_model", "read_csv"}


@functools.cache
def read_notebooks():
    """Return all notebooks by name, in order; the name is that of the file's stem."""
    read = {
        path.stem: nbformat.read(path, as_version=nbformat.NO_CONVERT)
        for path in notebooks()
    }
    for name in read:
        for cell in read[name]["cells"]:
            expect(name, cell)
    return read


def expect(notebook, cell):
    """Let a cell have the output of this run's backend, if that is not TensorFlow's."""
    text = OTHERWISE.get(BACKEND, {}).get(notebook, {}).get(cell["id"])
    if text is not None:
        cell["outputs"] = [nbformat.v4.new_output("stream", text=text)]


def code_cells(notebook):
    """Return the code cells of a notebook that are not empty, in order."""
    cells = read_notebooks()[notebook]["cells"]
    return [x for x in cells if x["cell_type"] == "code" and x["source"].strip()]


def all_cells():
    """Return (notebook, cell) for each cell, then (page, cell) for each part of pages.

    A page is called by its path, such as "hosting/gpu"; its parts begin with "##".
    """
    books, new = dict(read_notebooks()), nbformat.v4.new_markdown_cell
    for page in [page for each in PAGE_FILES for page in sorted(ROOT.glob(each))]:
        parts = re.split(r"(?m)^(?=## )", page.read_text(encoding="utf-8"))
        cells = [new(part, id=f"part-{n}") for n, part in enumerate(parts)]
        name = page.relative_to(ROOT).with_suffix("").as_posix()
        books[name] = {"cells": cells}
    return [(name, cell) for name in books for cell in books[name]["cells"]]


def prose(notebook):
    """Return the sources of a notebook's Markdown cells as one text."""
    cells = read_notebooks()[notebook]["cells"]
    return "\n\n".join(x["source"] for x in cells if x["cell_type"] == "markdown")


def times(notebook):
    """Return the four times at a notebook's head."""
    title = read_notebooks()[notebook]["cells"][0]["source"]
    row = re.search(r"(?m)^\| teaching \|.*\n\|[- |]+\|\n\| (.+) \|$", title)
    return row[1].split(" | ")


def cell_source(notebook, cell):
    """Return the source of a cell, which `cell` names by its id."""
    return _cell(notebook, cell)["source"]


def committed_output(notebook, cell):
    """Return the committed output of a cell as text, see `as_text`."""
    return as_text(_cell(notebook, cell)["outputs"])


def run_python(*arguments, env=(), **options):
    """Run this Python, with more in its environment; return what came of it."""
    command = [sys.executable, *map(str, arguments)]
    options = {"capture_output": True, "text": True, "timeout": 600} | options
    return subprocess.run(command, env={**os.environ, **dict(env)}, **options)


def dry_run(*arguments):
    """Return what make would do, as text; skip the test where there is no make."""
    if not shutil.which("make"):
        pytest.skip("there is no make here")
    # Else make looks for a Python that runs TensorFlow, which takes seconds
    command = ["make", "--dry-run", "--no-print-directory", "PYTHON=python", *arguments]
    return subprocess.check_output(command, cwd=ROOT, text=True).replace("\\\n", " ")


def run_folder(notebook):
    """Return the folder of what a notebook wrote in its last test run."""
    last_run(notebook)
    return SANDBOXES / notebook / "fit_outputs"


def last_run(notebook):
    """Return what `notebook_runs` wrote down when it last ran a notebook.

    Skips the test if that run is not of the lesson as it is now. So that nobody takes
    it for passed, a test in `tests/results/test_outputs.py` then fails once.
    """
    if problem := run_problem(notebook):
        pytest.skip(problem)
    return _record(notebook)


def run_problem(notebook):
    """Return why a notebook's last test run does not count, None if it does."""
    if not (SANDBOXES / notebook / "run.json").exists():
        return f"{notebook} has not been tested: make check NB={short(notebook)}"
    record = _record(notebook)
    ran = {cell: each["source"] for cell, each in record["cells"].items()}
    now = {cell["id"]: cell["source"] for cell in code_cells(notebook)}
    changed = [cell for cell in now | ran if ran.get(cell) != now.get(cell)]
    for module in sorted((NOTEBOOKS / "lesson").rglob("*.py")):
        used = SANDBOXES / notebook / module.relative_to(ROOT)
        if not used.exists() or used.read_bytes() != module.read_bytes():
            changed.append(str(module.relative_to(NOTEBOOKS)))
    if changed:
        what = f"before {', '.join(changed[:3])} changed, or only in part"
        return f"{notebook} was tested {what}: make check NB={short(notebook)}"
    return None


def _record(notebook):
    path = SANDBOXES / notebook / "run.json"
    return json.loads(path.read_text(encoding="utf-8"))


def parse(cell):
    """Return the syntax tree of a cell's code; a SyntaxError in it names the cell."""
    code = re.sub(r"(?m)^\s*[%!].*$", "", cell["source"])  # no magic
    return ast.parse(code, f"cell {cell['id']}")


def read_series(path, **options):
    """Return a table of results, and the names of the settings in front of `epoch`.

    "none" is the name of a setting; a blank is the loss of what has diverged.
    """
    table = pd.read_csv(path, keep_default_na=False, na_values=[""], **options)
    names = list(table)
    keys = names[: names.index("epoch")] if "epoch" in names else []
    return table, keys or [name for name in names if name == "step"]


def cells_that_use(sources, notebook, read_by=(), skipped=()):
    """Return the ids of cells that call a method of `sources`, or use its results.

    What a method of `read_by` returns is read from a file, and depends on nothing else
    but on what the notebook has saved there; `skipped` are ids of cells that are left
    out.
    """
    tainted, saved, found = set(), set(), set()
    for cell in code_cells(notebook):
        for statement in parse(cell).body if cell["id"] not in skipped else ():
            nodes = list(ast.walk(statement))
            functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
            inner = {x for node in functions for x in ast.walk(node)} - {*functions}
            loops = [x for x in nodes if isinstance(x, ast.For | ast.comprehension)]
            loops = {x for loop in loops for x in ast.walk(loop.target)}
            names = {node for node in nodes if isinstance(node, ast.Name)}
            stored = {node for node in names if isinstance(node.ctx, ast.Store)}
            # What functions and loops call their own is nothing to other cells
            own = {node.id for node in stored & (inner | loops)}
            own |= {node.arg for node in inner if isinstance(node, ast.arg)}
            reached = [node for node in nodes if isinstance(node, ast.Attribute)]
            calls = [node for node in reached if node.attr in sources]
            uses = calls or ({node.id for node in names} - own) & tainted
            texts = {str(x.value) for x in nodes if isinstance(x, ast.Constant)}
            files = {text for text in texts if text.endswith((".keras", ".csv"))}
            # Under an `if`, it is not for certain: lab 3 trains only if it is told to
            saves = isinstance(statement, ast.Expr) and uses
            if saves and any(node.attr in SAVES for node in reached):
                saved |= files
            made = {node.id for node in stored - inner}
            reads = any(node.attr in read_by for node in reached)
            if not (files & saved if reads else uses):
                tainted -= made
                continue
            if statement not in functions:  # which only defines one
                found.add(cell["id"])
            # And a model that has been fitted, and a dictionary that gets a value
            items = [node for node in nodes if isinstance(node, ast.Subscript)]
            items = [node for node in items if isinstance(node.ctx, ast.Store)]
            fitted = {getattr(each.value, "id", "") for each in calls + items}
            tainted |= made | (fitted - own - {"lesson", "keras", "pd"})
            tainted |= {node.name for node in functions}
    return found


def make_sandbox(folder):
    """Copy what a notebook needs into an empty folder: no notebook, no result."""
    shutil.rmtree(folder, ignore_errors=True)
    caches = shutil.ignore_patterns("__pycache__")
    for path in (NOTEBOOKS / "lesson", REFERENCE):
        shutil.copytree(path, folder / path.relative_to(ROOT), ignore=caches)


def lay_out(notebook, whole):
    """Make the sandbox of a notebook that is about to run; return its folder."""
    folder = SANDBOXES / notebook
    make_sandbox(folder)
    # What the notebooks before this one wrote, or what is shipped of it
    if before := FOLLOWS.get(notebook):
        written, results = SANDBOXES / before / "fit_outputs", folder / "fit_outputs"
        if not run_problem(before):
            shutil.copytree(written, results, dirs_exist_ok=True)
        lesson.catch_up(notebook, folder=results)  # takes nothing away
    if not whole:
        _leave_one_to_train(folder, notebook)
    return folder


def _leave_one_to_train(folder, notebook):
    """Lay a lab's shipped series out, but for one setting of each, which it trains."""
    series = short(notebook).replace("-", "_") + "_*.csv"
    for path in REFERENCE.glob(series) if series.startswith("lab") else ():
        table, keys = read_series(path, dtype=str)
        settings = table[keys].drop_duplicates()
        if "seed" in keys:  # a learner trains with the first one
            settings = settings[settings["seed"] == settings["seed"].iloc[0]]
        middle = settings.iloc[(len(settings) - 1) // 2]
        others = table[(table[keys] != middle).any(axis=1)]
        others.to_csv(folder / "fit_outputs" / path.name, index=False)


def as_text(outputs):
    """Return a cell's outputs as plain text: what it printed, displayed and raised."""
    text = ""
    for output in outputs:
        if output["output_type"] == "stream":
            text += output["text"]
        elif output["output_type"] == "error":
            text += f"{output['ename']}: {output['evalue']}\n"
        else:
            text += output["data"].get("text/plain", "") + "\n"
    return text


def as_html(outputs):
    """Return the HTML of a cell's outputs."""
    pages = [output.get("data", {}).get("text/html", "") for output in outputs]
    return "\n".join(pages)


def pictures(outputs):
    """Return the bytes of the pictures in a cell's outputs."""
    return [base64.b64decode(each) for each in PICTURE.findall(as_html(outputs))]


def _cell(notebook, cell):
    found = [each for each in read_notebooks()[notebook]["cells"] if each["id"] == cell]
    assert found, f"{notebook} has no cell {cell}"
    return found[0]
