"""Make small faults in copies of the lesson, and see whether the suite notices.

    python tools/mutate.py [--count 200] [--seed 1]

Each mutant is one fault of the kind that a maintainer makes: two arguments swapped,
another column, sign, index or number, a value changed in a shipped file, an option of
the suite taken out; in prose, another number, or a word of direction turned round, such
as "higher" or "falls", see `COMPARES`. A seed draws the same mutants from the same
files each time. Of the suite, only those tests run that can see the fault. At the end
stands the share that was caught, by kind, how much of it by the seals only, see
`SEALS`, and each survivor: a hole in the suite, or a change that changes nothing.

mutmut and cosmic-ray mutate modules alone: half of what can break here is no module.
"""

import argparse
import ast
import collections
import concurrent.futures
import functools
import itertools
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from format import ROOT, notebooks

sys.path += [str(ROOT / "tests"), str(ROOT / "notebooks")]
from replay import live_cells  # noqa: E402

RULES = ["tests/rules"]
CLAIMS = ["tests/results/test_claims.py"]
PAGE_RULES = [*CLAIMS, *RULES, "--deselect", "tests/rules/test_net.py"]
REPLAY = ["tests/results/test_outputs.py", "-k"]
SAID = "build/said.txt"  # by pytest
LONGEST = 900  # seconds, of one call of pytest
# No proof that a fault was noticed: after any fault, the last test run counts as old,
# and after a deletion, the formatter finds fault with the layout
NO_PROOF = [
    "tests/results/test_outputs.py::test_notebook_was_run_as_it_is_now",
    "tests/rules/test_notebooks.py::test_tool_finds_nothing[ruff format",
]
# These notice any change of an output or a shipped file. They are asked after the
# quick ones: what only they notice is caught, but no test knows that it is wrong
SEALS = [
    "tests/rules/test_project.py::test_outputs_are_as_a_run_has_written_them",
    "tests/rules/test_project.py::test_shipped_results_are_as_their_tools_have_written_them",
]
JOBS = max(1, min(os.cpu_count(), int(psutil.virtual_memory().total / 4e9)))

# Each look at a mutant is a fork of a process that has imported these: half of the
# time that the rules take would be theirs
IMPORTED = ["__main__", "keras", "nbval.plugin", "seaborn", "sklearn.model_selection"]

OURS = re.compile(rf"{re.escape(str(ROOT))}(?!.*\.venv)")

PROSE = {"prose number", "prose word", "page number", "page word"}
WANTED = {"prose": 0.50, "all else": 0.85}  # the shares that have to be caught


class Mutant(NamedTuple):
    """One fault: a file with its new text, and the tests that may see it."""

    kind: str
    path: str
    what: str
    text: str
    eyes: list  # of lists of arguments for pytest, the quick ones first


# Operators: each returns (start, end, new) of the places in a text that it can change


def pairs_of(text):
    """Return the pairs of words in a text: "higher lower, larger smaller"."""
    return [pair.split() for pair in text.replace("\n", " ").split(", ")]


def both_ways(text):
    """Return each word of some pairs with the other one."""
    pairs = pairs_of(text)
    return dict(pairs) | {other: one for one, other in pairs}


# Words of direction: they compare, or say which way a result goes, first with >, then
# with <. "No longer" and "one more" compare nothing, nor does most of what stands above
# or below. Words of order and place, adjectives and names have opposites, too ("first",
# "left", "small", "training"), but which of them is meant only a reader knows
COMPARE = """higher lower, larger smaller, more less, more fewer, rises falls,
rise fall, above below, faster slower, better worse, best worst, most least,
highest lowest, longer shorter, increases decreases, ahead behind"""
TURN = both_ways(COMPARE)
COMPARES = re.compile(
    rf"\b(?:{'|'.join(TURN.keys() - {*'above below longer more'.split()})})\b"
    r"|(?<!no )(?<!one )\b(?:more|longer)\b"
    r"|\b(?:above|below)(?=\*? (?:the|a|that|those|its|\d\S*)(?: |$)|$)"
)
# Code, links, tags and pictures, in prose and outputs
NO_PROSE = re.compile(
    r"(?s)<!--.*?-->|\]\([^)]*\)|```.*?```|base64,[^\"]+|<[a-z/][^>]*>"
)
NUMBER = re.compile(r"(?<![\w.,#/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w]|[.,]\d|-)")
METHODS = both_ways(
    "max min, idxmax idxmin, argmax argmin, mean sum, floor ceil, head tail, std var"
)
IDLE = {"strict", "flush"}
COMMUTES = {"min", "max", "np.maximum", "contextlib.suppress"}
SIGNS = both_ways("+ -, * /, < >=, > <=, == !=") | {"//": "*"}


def without_code(text):
    """Return a text with a blank in the place of each letter that is no prose."""
    return NO_PROSE.sub(lambda x: re.sub(r"[^\n]", " ", x[0]), text)


def numbers(text):
    """Return a digit of each number with another: its first, of decimals the last."""
    found = NUMBER.finditer(without_code(text))
    places = [each.end() - 1 if "." in each[0] else each.start() for each in found]
    return [(i, i + 1, str((int(text[i]) + 3) % 9 + 1)) for i in places]


def words(text):
    """Return each word of direction with its opposite, but for those in questions.

    A question states nothing: turned round, it is another question, and not wrong.
    """
    asks = re.compile(r"[^.?!\n]*\?")
    found = COMPARES.finditer(asks.sub(lambda x: " " * len(x[0]), without_code(text)))
    return [(*word.span(), TURN[word[0]]) for word in found]


def values(text):
    """Return the third decimal of each number in a CSV file with another digit."""
    digits = re.finditer(r",\d+\.\d\d(\d)", text)
    return [(*digit.span(1), str((int(digit[1]) + 4) % 10)) for digit in digits]


def lines(text):
    """Return each line of settings, to be taken out."""
    return [(*line.span(), "") for line in re.finditer(r"(?m)^(?!#).*\S.*\n", text)]


def code(text):
    """Return the changes of some Python code that leave it code."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except SyntaxError:  # a command of a notebook
        return []
    found, rows = [], text.splitlines(keepends=True)
    starts = [0, *itertools.accumulate(map(len, rows))]

    def place(row, column):  # Python counts in bytes
        return starts[row - 1] + len(rows[row - 1].encode()[:column].decode())

    def span(node):
        start = place(node.lineno, node.col_offset)
        return start, place(node.end_lineno, node.end_col_offset)

    def source(node):
        return text[slice(*span(node))]

    def put(node, new):
        if new != source(node):
            found.append((*span(node), new))

    # Docstrings have no behaviour, nor have the guard `strict`, and `flush`, which only
    # says how soon a line comes
    idle = [node.value for node in nodes if isinstance(node, ast.Expr)]
    idle += [x.value for x in nodes if isinstance(x, ast.keyword) and x.arg in IDLE]
    nodes = [x for x in nodes if not (isinstance(x, ast.Constant) and x in idle)]
    texts = {x.value for x in nodes if isinstance(x, ast.Constant)}
    texts = [x for x in texts if isinstance(x, str) and re.fullmatch(r"[\w ]{1,30}", x)]
    others = {b: a for a, b in itertools.pairwise(sorted(texts))}
    for node in nodes:
        match node:
            case ast.Constant(value=bool(value)):
                put(node, str(not value))
            case ast.Constant(value=int(value)):
                put(node, str(value + 1))
            case ast.Constant(value=float(value)):
                put(node, str(value * 1.5))
            case ast.Constant(value=value) if value in others:
                quote = source(node)[0]
                if quote in "'\"":  # else it is a part of an f-string
                    put(node, f"{quote}{others[value]}{quote}")
            case ast.BinOp(left=a, right=b) | ast.Compare(left=a, comparators=[b]):
                between = re.compile(r"[-+*/<>=!]+")
                sign = between.search(text, span(a)[1], span(b)[0])
                if sign and sign[0] in SIGNS:
                    found.append((*sign.span(), SIGNS[sign[0]]))
            case ast.Attribute(attr=name) if name in METHODS:
                put(node, source(node)[: -len(name)] + METHODS[name])
            case ast.Call(func=func, args=args, keywords=keywords):
                swaps = source(func) not in COMMUTES and len(args) > 1
                if swaps and source(args[0]) != source(args[1]):
                    (start, a), (b, end) = map(span, args[:2])
                    new = source(args[1]) + text[a:b] + source(args[0])
                    found.append((start, end, new))
                for keyword in keywords:
                    if keyword.arg not in {None, *IDLE}:
                        start, end = span(keyword)
                        comma = re.compile(r"\s*,?").match(text, end)
                        found.append((start, comma.end(), ""))
            case ast.If(test=test):
                put(test, f"not ({source(test)})")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                put(node, source(operand))
            case ast.Expr(value=ast.Call()):
                put(node, "pass")
    return found


# Targets: what can be broken, and who can see it

EXAMPLES = ["tests/unit/test_package.py"]
MODULES = {  # by a part of their paths; the tests that name a module are asked before
    "check/": [["tests/unit/test_check.py", "tests/unit/test_catch_up.py"], RULES],
    "data|download": [["tests/unit/test_data.py"]],
    "drawings|plot|figure_text": [EXAMPLES, [*REPLAY, "replay"]],
    "widgets|controls|playground|computations": [
        EXAMPLES,
        [*REPLAY, "replay and (03 or 04 or 05 or 06)"],
    ],
    "photos": [EXAMPLES, [*REPLAY, "replay and 07"]],
    "models": [RULES, ["tests/results/test_results.py", "-k", "package or parameters"]],
    "": [["tests/unit", "--ignore=tests/unit/test_data.py"]],
}
OUTPUT = re.compile("text(/plain|/html)?")
PAGES = r"((notebooks|hosting|instructors|site)/)?[\w-]+\.md|CITATION.cff|LICENSE"
FACTS = r"environment.yml|requirements.txt|Makefile|\.github/workflows/\w+\.yml"
FILES = {  # how often, which files, what is done to them, and who sees it
    "module": (5, r"notebooks/lesson/.*\.py", code, None),
    "shipped file": (2, r".*/reference/.*\.csv", values, None),
    "page word": (1, PAGES, words, [PAGE_RULES]),
    "page number": (1, PAGES, numbers, [PAGE_RULES]),
    "fact": (1, FACTS, numbers, [RULES]),
    "suite": (1, r"pyproject.toml|tests/sanitize.cfg|Makefile", lines, [RULES]),
}
OFTEN = {"notebook": 12} | {kind: row[0] for kind, row in FILES.items()}


@functools.cache
def tracked():
    """Return the names of the lesson's files, those that are new included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    return [name for name in names if (ROOT / name).is_file()]


def draw(rng):
    """Draw a mutant, None if there is nothing to break: first the kind of file."""
    (kind,) = rng.choices([*OFTEN], [*OFTEN.values()])
    if kind == "notebook":
        return draw_in_notebook(rng, f"notebooks/{rng.choice(notebooks()).name}")
    _, pattern, operator, eyes = FILES[kind]
    name = rng.choice([name for name in tracked() if re.fullmatch(pattern, name)])
    stem = Path(name).stem
    if kind == "shipped file":  # the notebooks that name it show it
        shows = [x.stem for x in notebooks() if stem in x.read_text("utf-8")]
        eyes = [["--notebook", each, *REPLAY, "replay"] for each in shows]
        eyes = [RULES + CLAIMS, SEALS, *eyes, ["tests/results", "-k", "not replay"]]
    elif eyes is None:  # first the tests that name the module
        part = next(part for part in MODULES if re.search(f"lesson/({part})", name))
        unit, named = sorted(ROOT.glob("tests/unit/*.py")), re.compile(rf"\b{stem}\b")
        near = [x for x in unit if named.search(x.read_text("utf-8"))]
        near = [f"tests/unit/{each.name}" for each in near]
        eyes = [near, *MODULES[part]] if near else MODULES[part]
    text = (ROOT / name).read_text(encoding="utf-8")
    if not (places := operator(text)):
        return None
    return Mutant(kind, name, *change(text, rng.choice(places)), eyes)


def draw_in_notebook(rng, name):
    """Draw a mutant of a notebook: first its kind, then its place."""
    book = json.loads((ROOT / name).read_text(encoding="utf-8"))
    found = collections.defaultdict(list)  # by kind
    for cell in book["cells"]:
        for kind, operator, holder, key in _parts(cell):
            places = operator("".join(holder[key]))
            found[kind] += [(cell, holder, key, each) for each in places]
    kind = rng.choice([kind for kind in found if found[kind]])
    cell, holder, key, place = rng.choice(found[kind])
    what, text = change("".join(holder[key]), place)
    holder[key] = text.splitlines(keepends=True)  # as nbformat writes it
    whole = json.dumps(book, indent=1, ensure_ascii=False) + "\n"
    stem = Path(name).stem
    eyes = [["--notebook", stem, *CLAIMS, *RULES]]
    eyes += [SEALS] * (kind == "output")
    if cell["cell_type"] == "code":
        eyes.append(["--notebook", stem, *REPLAY, "replay"])
        # A replay trains nothing: what a training brings, here or below, needs a run
        cells = [each["id"] for each in book["cells"]]
        ends = cell["id"] if kind == "output" else cells[-1]
        reached = cells[cells.index(cell["id"]) : cells.index(ends) + 1]
        if live_cells(stem) & {*reached}:
            eyes.append(["--notebook", stem, name, "tests/results"])
    return Mutant(kind, name, f"cell {cell['id']}: {what}", whole, eyes)


def _parts(cell):
    """Yield what can be broken in a cell: kind, operator, and where the text stands."""
    if cell["cell_type"] == "code":
        answer = cell["id"].startswith("answer-")
        yield "answer cell" if answer else "notebook code", code, cell, "source"
        for output in cell["outputs"]:
            for holder in (output, output.get("data", {})):
                for key in filter(OUTPUT.fullmatch, holder):
                    yield "output", numbers, holder, key
    elif re.match("exercise|help", cell["id"]):
        yield "question", numbers, cell, "source"
    else:
        yield "prose number", numbers, cell, "source"
        yield "prose word", words, cell, "source"


def change(text, place):
    """Return in words what is changed at a place, and the text with the change."""
    start, end, new = place
    before, after = text[max(0, start - 40) : start], text[end : end + 25]
    what = f"...{before}[{text[start:end]}]{after}... -> {new!r}"
    return what.replace("\n", " / "), text[:start] + new + text[end:]


def look(folder, eyes):
    """Run a part of the suite in a copy of the lesson, in a process made for it."""
    os.setpgrp()  # so that what it starts ends with it
    os.chdir(folder)
    said = os.open(SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1), os.dup2(said, 2)
    # What is imported may stay, but for the lesson: that of the copy counts
    for name, module in list(sys.modules.items()):
        if OURS.match(str(getattr(module, "__file__", ""))):
            del sys.modules[name]
    sys.path[:] = [each for each in sys.path if not OURS.match(each)]
    passed_over = NO_PROOF if eyes == SEALS else NO_PROOF + SEALS
    passed_over = [f"--deselect={each}" for each in passed_over]
    sys.exit(pytest.main(["-x", "-q", "--no-header", *passed_over, *eyes]))


def catches(lesson, mutant):
    """Return the part of the suite that fails on a mutant of a lesson, or None."""
    forks = multiprocessing.get_context("forkserver")  # Windows has none
    forks.set_forkserver_preload(IMPORTED)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shutil.copytree(lesson, folder, dirs_exist_ok=True)
        Path(folder, SAID).parent.mkdir(exist_ok=True)
        path = Path(folder, mutant.path)
        path.write_text(mutant.text, encoding="utf-8", newline="\n")
        for eyes in mutant.eyes:
            process = forks.Process(target=look, args=(folder, eyes))
            process.start()
            process.join(LONGEST)
            if process.exitcode is None:
                os.killpg(process.pid, signal.SIGKILL)
                return "it never ends"
            if process.exitcode not in (0, 5):  # 5: there was nothing to test
                said = Path(folder, SAID).read_text(encoding="utf-8")
                failed = re.findall(r"(?m)^(?:FAILED|ERROR) (\S+)", said)
                return failed[0] if failed else " ".join(eyes)
    return None


def copy_lesson(folder):
    """Copy the lesson, and its last test run: claims are held to that, too."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    if (runs := ROOT / "build" / "test").exists():
        shutil.copytree(runs, folder / "build" / "test")


def main():
    """Draw mutants, try each, and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rng, mutants = random.Random(chosen.seed), {}
    while len(mutants) < chosen.count:
        if mutant := draw(rng):
            mutants[mutant.path, mutant.what] = mutant
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    sound = Mutant("none", "README.md", "nothing", text, [RULES + CLAIMS])
    with tempfile.TemporaryDirectory() as lesson:  # as it is now, for hours
        copy_lesson(Path(lesson))
        if failed := catches(lesson, sound):
            sys.exit(f"the lesson fails as it is: {failed}")
        look, mutants = functools.partial(catches, lesson), list(mutants.values())
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            sys.exit(0 if report(mutants, pool.map(look, mutants)) else 1)


def report(mutants, results):
    """Print mutants as their results come, then the shares; return if they suffice."""
    caught = collections.defaultdict(list)
    for number, (mutant, by) in enumerate(zip(mutants, results, strict=True), start=1):
        print(f"{number:3} {mutant.kind}: {mutant.path}: {mutant.what}")
        print(f"    caught by {by}" if by else "    SURVIVED", flush=True)
        for kind in (mutant.kind, "prose" if mutant.kind in PROSE else "all else"):
            caught[kind].append(by)
    print()
    enough = True
    for kind in [*sorted(caught.keys() - WANTED), *WANTED]:
        wanted = f", wanted {WANTED[kind]:.0%}" if kind in WANTED else ""
        by = [each for each in caught[kind] if each]
        sealed = f", {n} by a seal only" if (n := sum(e in SEALS for e in by)) else ""
        print(f"{kind:<14} {len(by):3} of {len(caught[kind]):3}{sealed}{wanted}")
        enough &= len(by) >= WANTED.get(kind, 0) * len(caught[kind])
    return enough


if __name__ == "__main__":
    main()
