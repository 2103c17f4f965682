"""Make small faults in copies of the lesson, and see whether the suite notices.

    python tools/mutate.py [--count 200] [--seed 1] [--kind prose] [--jobs 2]

Each mutant is one fault of the kind that a maintainer makes: two arguments swapped,
another column, sign, index or number, a word of direction turned round, a value changed
in a shipped file, an option of the suite taken out. A seed draws the same mutants from
the same files each time. Of the suite, only those tests run that can see the fault,
the quick ones first. At the end stands the share that was caught, by kind, and each
survivor: a hole in the suite, or a change that changes nothing.

mutmut and cosmic-ray mutate modules alone: half of what can break here is notebooks,
prose, outputs and files.
"""

import argparse
import ast
import collections
import concurrent.futures
import functools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from format import notebooks

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))
from replay import live_cells  # noqa: E402

RULES = ["tests/rules"]
CLAIMS = ["tests/results/test_claims.py"]
LONGEST = 900  # seconds, of one call of pytest

# Words that turn a statement round, each with its opposite
OPPOSITES = """higher lower, larger smaller, more fewer, rises falls, rise fall,
above below, training validation, first last, left right, before after, solid dashed,
faster slower, better worse, most least, overfitting underfitting, rows columns,
highest lowest, longer shorter, large small, always never, increases decreases,
maximum minimum, row column, up down, with without"""
TURN = {}
for pair in OPPOSITES.replace("\n", " ").split(", "):
    one, other = pair.split()
    TURN |= {one: other, other: one}
NUMBER = re.compile(r"(?<![\w.,#/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w]|[.,]\d|-)")
WORD = re.compile(rf"\b(?:{'|'.join(TURN)})\b")


@dataclass
class Mutant:
    """One fault: a file with its new text, and the tests that may see it."""

    kind: str
    path: str
    what: str
    text: str
    eyes: list  # of lists of arguments for pytest, the quick ones first


# Operators: each returns (start, end, new) of the places in a text that it can change


def numbers(text):
    """Return each number with another one of the same form."""
    found = []
    for each in NUMBER.finditer(text):
        digits = each[0]
        place = len(digits) - 1 if "." in digits else 0
        other = str((int(digits[place]) + 3) % 9 + 1)
        if other != digits[place]:
            new = digits[:place] + other + digits[place + 1 :]
            found.append((each.start(), each.end(), new))
    return found


def words(text):
    """Return each word of direction with its opposite."""
    return [(w.start(), w.end(), TURN[w[0]]) for w in WORD.finditer(text)]


SWAPS = {
    **dict.fromkeys(["max", "idxmax", "argmax"], lambda n: n.replace("max", "min")),
    **dict.fromkeys(["min", "idxmin", "argmin"], lambda n: n.replace("min", "max")),
    **{"mean": lambda n: "sum", "sum": lambda n: "mean", "head": lambda n: "tail"},
    **{"floor": lambda n: "ceil", "ceil": lambda n: "floor", "std": lambda n: "var"},
}
SIGNS = {
    **{ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*"},
    **{ast.Lt: ">=", ast.Gt: "<=", ast.LtE: ">", ast.GtE: "<"},
    **{ast.Eq: "!=", ast.NotEq: "=="},
}


def code(text):
    """Return the changes of some Python code that leave it code."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    lines = [0]
    for line in text.encode().split(b"\n"):
        lines.append(lines[-1] + len(line) + 1)
    raw = text.encode()

    def place(node):
        ends = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
        return [len(raw[: lines[row - 1] + column].decode()) for row, column in ends]

    def source(node):
        start, end = place(node)
        return text[start:end]

    found = []

    def put(node, new):
        found.append((*place(node), new))

    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    strings = sorted(
        {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[\w ]{1,30}", node.value)
        }
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documents:
            value = node.value
            if isinstance(value, bool):
                put(node, str(not value))
            elif isinstance(value, int):
                put(node, str(value + 1))
            elif isinstance(value, float):
                put(node, str(value * 1.5))
            elif (
                value in strings and len(strings) > 1 and text[place(node)[0]] in "'\""
            ):
                other = strings[strings.index(value) - 1]
                put(node, json.dumps(other))
        elif isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
            left, right = source(node.left), source(node.right)
            put(node, f"({left} {SIGNS[type(node.op)]} {right})")
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in SIGNS:
            if len(node.ops) == 1:
                sides = source(node.left), source(node.comparators[0])
                put(node, f"{sides[0]} {SIGNS[type(node.ops[0])]} {sides[1]}")
        elif isinstance(node, ast.Attribute) and node.attr in SWAPS:
            put(node, f"{source(node.value)}.{SWAPS[node.attr](node.attr)}")
        elif isinstance(node, ast.Call):
            one_two = node.args[:2]
            if len(one_two) == 2 and source(one_two[0]) != source(one_two[1]):
                (start, a), (b, end) = map(place, one_two)
                new = source(one_two[1]) + text[a:b] + source(one_two[0])
                found.append((start, end, new))
            for keyword in node.keywords:
                if keyword.arg:
                    start, end = place(keyword)
                    comma = re.match(r"\s*,?", text[end:]).end()
                    found.append((start, end + comma, ""))
        elif isinstance(node, ast.If):
            put(node.test, f"not ({source(node.test)})")
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            put(node, source(node.operand))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            put(node, "pass")
    return [each for each in found if _parses(text, each)]


def _parses(text, change):
    start, end, new = change
    try:
        ast.parse(text[:start] + new + text[end:])
    except SyntaxError:
        return False
    return True


def lines(text):
    """Return each line of settings, to be taken out."""
    return [
        (line.start(), line.end(), "")
        for line in re.finditer(r"(?m)^(?!#).*\S.*\n", text)
    ]


# Targets: what can be broken, and who can see it


def _tracked():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(command, cwd=ROOT, text=True).split("\n")
    return [name for name in names if name and (ROOT / name).is_file()]


REPLAY = ["tests/results/test_outputs.py", "-k"]
MODULES = {
    "check/": [["tests/unit/test_check.py"]],
    "data|download": [["tests/unit/test_data.py"]],
    "drawings|plot|figure_text": [
        ["tests/unit/test_plot.py", "tests/unit/test_examples.py"],
        [*REPLAY, "replay and (02 or 03 or 04)"],
    ],
    "models": [RULES, [*REPLAY, "replay and 05"]],
    "": [["tests/unit", "--ignore=tests/unit/test_data.py"]],
}


def _eyes_of_module(name):
    part = next(part for part in MODULES if re.search(f"lesson/({part})", name))
    return MODULES[part]


def _eyes_of_cell(name, cell):
    """Return who sees a change in the code or the outputs of a cell.

    A replay takes no training; what a training of the cell's own brings needs a run.
    """
    stem = Path(name).stem
    eyes = [RULES + CLAIMS, ["--notebook", stem, *REPLAY, "replay"]]
    if cell in live_cells(stem):
        eyes.append(["--notebook", stem, name, "tests/results"])
    return eyes


def _mutants_of_notebook(name, rng):
    """Return a mutant of each kind that a cell can have, drawn at random."""
    book = json.loads((ROOT / name).read_text(encoding="utf-8"))
    found = collections.defaultdict(list)
    for cell in book["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            kind = (
                "answer cell" if cell["id"].startswith("answer-") else "notebook code"
            )
            found[kind] += [(cell, "source", text, each) for each in code(text)]
            for output in cell["outputs"]:
                for holder, key in _texts_of(output):
                    shown = "".join(holder[key])
                    places = numbers(re.sub(r"base64,[^\"]+", _blank, shown))
                    found["output"] += [((cell, holder), key, shown, e) for e in places]
        else:
            question = re.match("exercise|help", cell["id"])
            plain = re.sub(r"(?s)<!--.*?-->|\]\([^)]*\)|```.*?```", _blank, text)
            kind = "question" if question else "prose number"
            found[kind] += [(cell, "source", text, each) for each in numbers(plain)]
            if not question:
                found["prose word"] += [
                    (cell, "source", text, each) for each in words(plain)
                ]
    for kind, places in found.items():
        if not places:
            continue
        holder, key, text, (start, end, new) = rng.choice(places)
        cell, holder = holder if isinstance(holder, tuple) else (holder, holder)
        keep = holder[key]
        changed = text[:start] + new + text[end:]
        holder[key] = changed.splitlines(keepends=True)  # as nbformat writes it
        whole = json.dumps(book, indent=1, ensure_ascii=False) + "\n"
        holder[key] = keep
        what = f"cell {cell['id']}: {_context(text, start, end)} -> {new!r}"
        if kind in ("notebook code", "output", "answer cell"):
            eyes = _eyes_of_cell(name, cell["id"])
        else:
            eyes = [RULES + CLAIMS]
        yield Mutant(kind, name, what, whole, eyes)


def _texts_of(output):
    if "text" in output:
        yield output, "text"
    for kind in ("text/plain", "text/html"):
        if kind in output.get("data", {}):
            yield output["data"], kind


def _blank(found):
    return re.sub(r"[^\n]", " ", found[0])


def _context(text, start, end):
    before, after = text[max(0, start - 40) : start], text[end : end + 25]
    return f"...{before}[{text[start:end]}]{after}...".replace("\n", " / ")


def _mutant_of_file(kind, name, operator, eyes, rng):
    text = (ROOT / name).read_text(encoding="utf-8")
    if places := operator(text):
        start, end, new = rng.choice(places)
        what = f"{_context(text, start, end)} -> {new!r}"
        yield Mutant(kind, name, what, text[:start] + new + text[end:], eyes)


def _values(text):
    """Return the numbers of a CSV file, below its header."""
    head = text.index("\n")
    fields = re.finditer(r"(?<=,)(\d+\.\d{2})(\d)(?=\d*[,\n])", text)
    return [
        (e.start(2), e.end(2), str((int(e[2]) + 4) % 10))
        for e in fields
        if e.start() > head
    ]


PAGES = r"(README|DATA|CORRECTIONS|CONTRIBUTING)\.md"
FACTS = r"(README|DATA|COVERAGE|EXERCISES)\.md|CITATION.cff|LICENSE|environment.yml|"
FACTS += r"requirements.txt|Makefile|\.github/workflows/\w+\.yml"
SHIPPED = [RULES + CLAIMS, [*REPLAY, "replay and (05 or lab)"], ["tests/results"]]
SUITE = r"pyproject.toml|tests/sanitize.cfg|Makefile"


def draw(rng):
    """Draw one mutant: first what is broken, so that long files are not all."""
    kind = rng.choices(
        ["notebook", "module", "shipped", "page", "facts", "suite"], [12, 5, 2, 1, 2, 1]
    )[0]
    if kind == "notebook":
        name = f"notebooks/{rng.choice(notebooks()).name}"
        return rng.choice(list(_mutants_of_notebook(name, rng)))
    pattern, what, operator, eyes = {
        "module": (r"notebooks/lesson/.*\.py", "module", code, None),
        "shipped": (r".*/reference/.*\.csv", "shipped file", _values, SHIPPED),
        "page": (PAGES, "page word", words, [RULES]),
        "facts": (FACTS, "page fact", numbers, [RULES]),
        "suite": (SUITE, "suite", lines, [RULES]),
    }[kind]
    name = rng.choice([name for name in _tracked() if re.fullmatch(pattern, name)])
    eyes = eyes or _eyes_of_module(name)
    return next(iter(_mutant_of_file(what, name, operator, eyes, rng)), None)


def catches(mutant, folder):
    """Return the part of the suite that fails on a mutant in a copy, or None."""
    path = folder / mutant.path
    before = path.read_bytes()
    path.write_text(mutant.text, encoding="utf-8", newline="\n")
    try:
        for eyes in mutant.eyes:
            command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", *eyes]
            try:
                run = subprocess.run(
                    command,
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    timeout=LONGEST,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return "it never ends"
            if run.returncode not in (0, 5):
                failed = re.findall(r"(?m)^(?:FAILED|ERROR) (\S+)", run.stdout)
                return failed[0] if failed else " ".join(eyes)
    finally:
        path.write_bytes(before)
    return None


def _copy(folder):
    for name in _tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    runs = ROOT / "build" / "test"
    if runs.exists():  # of the unbroken lesson: claims are held to them, too
        shutil.copytree(runs, folder / "build" / "test")
    return folder


def main():
    """Draw mutants, try each, and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", default="", help="only kinds with this word in them")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    mutants = {}
    while len(mutants) < chosen.count:
        mutant = draw(rng)
        if mutant and chosen.kind in mutant.kind:
            mutants[mutant.path, mutant.what] = mutant
    mutants = list(mutants.values())
    with tempfile.TemporaryDirectory() as scratch:
        folders = [_copy(Path(scratch, str(n))) for n in range(chosen.jobs)]
        path = mutants[0].path
        text = (ROOT / path).read_text(encoding="utf-8")
        sound = Mutant("none", path, "nothing", text, [RULES + CLAIMS])
        if failed := catches(sound, folders[0]):
            sys.exit(f"the lesson fails as it is: {failed}")
        with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
            results = pool.map(functools.partial(_try, folders), mutants)
            sys.exit(0 if report(mutants, results) else 1)


def _try(folders, mutant):
    folder = folders.pop()
    try:
        return catches(mutant, folder)
    finally:
        folders.append(folder)


def report(mutants, results):
    """Print each mutant as its result comes, then the share caught by kind.

    Returns whether as many were caught as we want.
    """
    counts = collections.defaultdict(lambda: [0, 0])
    for number, (mutant, by) in enumerate(zip(mutants, results, strict=True), start=1):
        counts[mutant.kind][0] += by is not None
        counts[mutant.kind][1] += 1
        verdict = f"caught by {by}" if by else "SURVIVED"
        print(f"{number:3} {mutant.kind}: {mutant.path}: {mutant.what}", flush=True)
        print(f"    {verdict}", flush=True)
    print()
    for kind, (caught, of) in sorted(counts.items()):
        print(f"{kind:<14} {caught:3} of {of:3}")
    prose = {"prose number", "prose word", "page word"} & set(counts)
    enough = True
    for what, kinds, least in [
        ("prose", prose, 0.50),
        ("all else", set(counts) - prose, 0.85),
    ]:
        caught, of = (sum(counts[kind][i] for kind in kinds) for i in (0, 1))
        print(f"{what:<14} {caught:3} of {of:3}, wanted {least:.0%}")
        enough &= caught >= least * of
    return enough


if __name__ == "__main__":
    main()
