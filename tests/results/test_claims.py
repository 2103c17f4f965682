"""What the prose says of results is held to the results, where it says so.

A claim carries its reason with it, in a comment that no reader of the page sees:

    about 0.66<!-- is history("intro").val_accuracy[10] ± 0.03 --> after the tenth epoch
    the gap has gone<!-- since history("dropout").loss[10] > 0.8 -->

`is` stands behind a number. It is compared with the shipped result, to the precision
with which it is written, and with that of the last test run, within what stands behind
`±` as well, the spread that other processors bring. `since` has to be true of both, and
compares as the words do: with `>` if they say "higher", with `<` if they say "lower".
What is true in general is worked out for an example:

    a likely answer has a smaller loss<!-- since -np.log(0.9) < -np.log(0.8) -->

Inline code that is a list, or is tied to a text, has to be what stands behind `is`. A
number or a comparison that no result of ours stands behind has `<!-- given -->`, with a
reason where that helps: `<!-- given: its definition -->`. The names are those of
`Results`, numpy's `np`, `CLASS_NAMES`, and Python's own.
"""

import ast
import re

import lesson
import numpy as np
import pandas as pd
import pytest
from lesson.data import CLASS_NAMES
from lesson_files import (
    REFERENCE,
    SUM,
    all_cells,
    as_text,
    cell_source,
    committed_output,
    last_run,
    read_notebooks,
    read_series,
    run_folder,
)
from mutate import COMPARE, COMPARES, pairs_of

TIE = re.compile(r"<!-- (is|since|given) ?(.*?) ?-->", re.DOTALL)
NUMBER = r"(?<![\d.,])\d+\.\d+(?![\d.]*\d)"
WHOLE = (
    r"(?<![\w.,/−-])(?!(?:19|20)\d\d\b)(?:\d{1,3}(?:,\d{3})+|\d{2,})(?![\w.,]?\d|\w)"
)
DIGIT = r"(?<![\w.,/-])\d(?!\w|[.,]?\d)"
TIED = re.compile(rf"(?s)(?:{NUMBER}|{WHOLE}|{DIGIT})\W{{0,3}}{TIE.pattern}")
# Other tests look at these: what is numbered, and the numbers of lists and steps
REFERS = re.compile(
    r"(?im)\b(?:notebook|step|lab|change|chapter)s? \d+(?:(?:,| and| to) \d+)*"
    r"|^ *\d+\. |\| \d+ \|"
)
ALWAYS = {"60000", "32", "100"}  # of CIFAR-10: images, pixels; and per cent
# Code, formulas and links: their numbers are none of a result
NO_PROSE = re.compile(
    r"(?s)```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|\[[^\]]*\]\([^)]*\)"
)

each_text = pytest.mark.parametrize("name", [*read_notebooks(), "notebooks/glossary"])

SPAN = re.compile(r"`([^`\n]+)`(◆?)")  # inline code, perhaps with a tie behind it
FENCED = re.compile(r"(?s)```.*?```")

# Words that compare with > and with <; a denial before them turns them round
LESS = {less for _, less in pairs_of(COMPARE)}
DENIED = re.compile(r"\b(?:not|no|never|neither|hardly)\b[^,;:]*$")
SENTENCE = re.compile(r"(?<=[.?!]) |(?<=[.?!]\)) |\n\s*(?:[-*|] |\d+\. |\n)")


class Results:
    """What a claim of a notebook can name: the shipped results, or the last run's."""

    def __init__(self, notebook, which):
        """Take the results called "shipped", or those of the last "run"."""
        self._notebook, self._is_run = notebook, which == "run"

    def ours(self):
        """Return what is shipped and committed, also where a run is looked at."""
        return Results(self._notebook, "shipped")

    def history(self, model):
        """Return the training history of "intro" or "dropout", by epoch from 1 on."""
        return self.series(f"history_{model}").rename(lambda row: row + 1)

    def series(self, name):
        """Return a series of runs of a lab: a row for each setting and epoch."""
        return self._series(name)[0]

    def ends(self, name, rows=1):
        """Return the last row of each setting of a series, or the mean of its last."""
        table, keys = self._series(name)
        last = table.groupby(keys, sort=False).tail(rows)
        return last.groupby(keys, sort=False).mean(numeric_only=True)

    def by_seed(self, name, column, epoch=None):
        """Return a column of a shipped series: a row for each seed.

        Its columns are the settings. It is that of the end, or of another epoch. A test
        run trains one of the settings, with one seed, and `test_labs.py` holds that to
        the shipped one.
        """
        table, keys = self.ours()._series(name)
        if epoch:
            table = table[table.epoch == epoch]
        ends = table.groupby(keys, sort=False).tail(1).set_index(keys)[column]
        return ends.unstack([key for key in ends.index.names if key != "seed"])

    def course(self, name, setting):
        """Return the epochs of one setting of a series, the mean of its seeds."""
        table = self.series(name)
        rows = table[table.iloc[:, 0] == setting]
        return rows.groupby("epoch").mean(numeric_only=True)

    def seconds(self, name):
        """Return by setting how long a shipped training took, on our machine."""
        return self.ours().ends(name).seconds

    def shipped(self, name):
        """Return a shipped table, also where a claim is held against a run."""
        return pd.read_csv(REFERENCE / f"{name}.csv", keep_default_na=False)

    def seeds(self):
        """Return the validation accuracies of `make seeds`: a column for each model."""
        tables = [self.shipped("three_seeds"), self.shipped("three_seeds_no_dropout")]
        table = pd.concat(tables).pivot(
            index="seed", columns="model", values="val_accuracy"
        )
        return table.rename(columns=lambda name: name.removeprefix("cifar_model_"))

    def gains(self):
        """Return what each step of lab 3 gained, from the dropout CNN on."""
        seeds = self.shipped("capstone_seeds")
        start = self.shipped("history_dropout").val_accuracy.iloc[-1]
        steps = self.ends("capstone_ladder").val_accuracy.xs(1, level="seed")
        return np.diff(
            [start, *steps, seeds.val_accuracy[0], seeds.val_accuracy_views[0]]
        )

    def close(self):
        """Return the validation accuracies of lab 3's last changes: a row a seed."""
        table = self.ends("capstone_ladder").val_accuracy.unstack("step").dropna(axis=1)
        seeds = self.shipped("capstone_seeds").set_index("seed")
        views = {"whitening": seeds.val_accuracy, "six views": seeds.val_accuracy_views}
        steps = ["schedule", "SGD", "label smoothing", *views]
        return table.assign(**views)[steps]

    def output(self, cell):
        """Return what a cell of the notebook puts out, as text."""
        if self._is_run:
            return last_run(self._notebook)["cells"][cell]["output"]
        return committed_output(self._notebook, cell)

    def printed(self, cell, words, place=1):
        """Return the number that stands behind some words in the output of a cell."""
        _, found, after = self.output(cell).partition(words)
        assert found, f"no {words!r} in the output of {cell}"
        return float(re.findall(r"-?\d+(?:\.\d+)?", after)[place - 1])

    def numbers(self, cell):
        """Return the decimal numbers of each line that has any, as a list of lists."""
        lines = [re.findall(NUMBER, line) for line in self.output(cell).splitlines()]
        return [[float(number) for number in line] for line in lines if line]

    def source(self, cell, notebook=None):
        """Return the source of a cell of this notebook, or of another one."""
        return cell_source(notebook or self._notebook, cell)

    def words(self, cell):
        """Return the first word of each line of an output, in order."""
        return re.findall(r"(?m)^(\w+)", self.output(cell))

    def _series(self, name):
        alone = name.startswith(("capstone", "07_photos"))  # these take an hour
        runs = self._is_run and not alone
        folder = run_folder(self._notebook) if runs else REFERENCE
        return read_series(folder / f"{name}.csv")


def _mark(tie):
    return "" if tie[1] == "is" else "◆"  # a comparison needs more than a number


def _ties():
    """Yield a parameter for each claim: notebook, cell, words, kind, expression."""
    for name, cell in all_cells():
        marks = pytest.mark.of_notebooks(name)
        for number, tie in enumerate(TIE.finditer(cell["source"]), start=1):
            if tie[1] != "given":
                before = TIE.sub(_mark, cell["source"][: tie.start()])
                claim = name, cell["id"], before.split("\n")[-1], *tie.groups()
                id_ = f"{name}-{cell['id']}-{number}"
                yield pytest.param(*claim, id=id_, marks=marks)


def _compare_as_said(where, words, why):
    """Whoever turns "higher" into "lower" has to turn the comparison, too."""
    words = re.split(f"{SENTENCE.pattern}|◆", words.rstrip("◆"))[-1].lower()
    where = f"{where} is held by {why}"
    why = re.sub(r"""f?(["'])(?:(?!\1).)*\1""", "", why)
    data = set(re.findall(r"\b(?:training(?! runs?\b)|validation)\b", words))
    columns = set(re.findall(r"\b(val_)?(?:accuracy|loss)\b", why))
    if len(data) == 1 and columns:
        assert ("val_" if "validation" in data else "") in columns, where
    extremes = re.findall("(?:arg|idx)(max|min)", why)
    signs = set(re.findall("[<>]", why)) or {"<>"[x == "max"] for x in extremes}
    wanted = set()
    for each in COMPARES.finditer(words):
        denied = DENIED.search(words[: each.start()])
        wanted.add("<" if (each[0] in LESS) != bool(denied) else ">")
    assert not signs or not wanted or signs == wanted, where


@pytest.mark.parametrize("which", ["shipped", "run"])
@pytest.mark.parametrize(("notebook", "cell", "words", "kind", "why"), [*_ties()])
def test_claim(notebook, cell, words, kind, why, which):
    """The prose agrees with what is shipped, and with the last run."""
    where = f"{notebook}, cell {cell}: “{words}”"
    expression, _, spread = why.partition("±")
    results = Results(notebook, which)
    names = {name: getattr(results, name) for name in dir(results)}
    names |= {"np": np, "lesson": lesson, "CLASS_NAMES": CLASS_NAMES}
    try:
        value = eval(expression, names)
    except Exception as error:
        reason = f"{where}\n{expression} cannot be worked out: {error!r}"
        pytest.fail(reason, pytrace=False)
    if kind == "since":
        assert np.all(value), f"{where}\nin the {which} results, not so: {expression}"
        _compare_as_said(where, words, why)
        return
    code = re.search(r"`([^`]+)`$", words)
    if code and isinstance(value, str | np.ndarray):
        read = str if isinstance(value, str) else ast.literal_eval
        same = np.array_equal(read(code[1]), value)
        assert same, f"{where}\n{expression}is {value}"
        return
    said = re.findall(rf"{NUMBER}|{WHOLE}|\d+", words)[-1].replace(",", "")
    rounding = 0.501 * 10.0 ** -len(said.partition(".")[2])
    allowed = rounding + (float(spread or 0) if which == "run" else 0)
    assert abs(value - float(said)) <= allowed, (
        f"{where}\nin the {which} results, {expression}is {value:.4f}"
    )


def _cells(name):
    return [cell for notebook, cell in all_cells() if notebook == name]


@each_text
def test_each_comparison_has_its_result(name):
    """Where the prose tells what came out, "higher" has a tie behind it.

    That is below an output, after an exercise, and in key points. What is known in
    general, and not from a run of ours, has `given`. On a line of its own, that holds
    for all that stands below it in its cell.
    """
    above, bare = {}, []
    for cell in _cells(name):
        part, text, output = cell["id"], cell["source"], above.get("outputs")
        told = re.search("-after$|^key-points|^statements", part)
        told = told or TIE.search(text) or (output and not text.startswith("#"))
        above = cell
        if told and "outputs" not in cell and not re.match("exercise|help", part):
            text = NO_PROSE.sub(" ", TIE.sub(_mark, text))
            for each in SENTENCE.split(re.split("(?m)^◆$", text)[0]):
                asks = re.search(r"^#|\?\W*$", each)
                if not asks and COMPARES.search(each.rpartition("◆")[2]):
                    bare.append(f"{part}: {each}")
    assert not bare, f"which results say so? In {name}, cell " + "\n".join(bare)


def _sure(cell):
    """Return the code of a cell, and what it puts out everywhere; of prose, nothing."""
    compared = "varies" not in cell["metadata"]
    outputs = cell.get("outputs", [])
    return cell["source"] + as_text(outputs) * compared if "outputs" in cell else ""


def _plain(code):
    return re.sub(r"[\s\"']", "", code)


@each_text
def test_each_number_has_its_result(name):
    """A number in the prose is tied, or stands in code or a compared output.

    Inline code with a number has to stand so in a cell or an output. A single digit,
    since each stands somewhere, has to stand in the code cell before or behind, or in
    code or a formula of its own cell. Questions and their solutions have numbers of
    their own; their checks hold them. Sums are worked out elsewhere.
    """
    cells = _cells(name)
    said = [_sure(cell) for cell in cells]
    sure = "".join(said)
    whole = re.findall(r"(?<![\d.])\d[\d,_]*(?!\.?\d)", sure)
    whole = {re.sub("[,_]", "", each) for each in whole} | ALWAYS
    known = {*whole, *re.findall(NUMBER, sure)}
    sources = _plain(sure)
    for place, cell in enumerate(cells):
        if "outputs" in cell or re.match("title|exercise|help", cell["id"]):
            continue
        text = TIE.sub("", TIED.sub("", NO_PROSE.sub(" ", cell["source"])))
        sums = {right.replace(",", "") for _, right in SUM.findall(text)}
        numbers = re.findall(f"{NUMBER}|{WHOLE}", text)
        unknown = [x for x in numbers if x.replace(",", "") not in known | sums]
        above, below = filter(None, said[place::-1]), filter(None, said[place:])
        near = [next(above, ""), next(below, ""), *NO_PROSE.findall(cell["source"])]
        digits = {"0", "1", *re.findall(DIGIT, " ".join(near))}
        counted = re.findall(DIGIT, REFERS.sub("", SUM.sub("", text)))
        unknown += [each for each in counted if sure and each not in digits]
        spans = SPAN.findall(TIE.sub("◆", FENCED.sub("", cell["source"])))
        spans = [x for x, tied in spans if re.search(r"(?<!\w)\d", x) and not tied]
        unknown += [each for each in spans if _plain(each) not in sources]
        assert not unknown, (
            f"{name}, cell {cell['id']}: what is {unknown[0]}? Say so behind it, as "
            "the docstring of tests/results/test_claims.py tells"
        )
