"""Figures say what they draw: their words are held to the data behind them.

`fig/NAME.txt` has for each figure its words and its data, see `lesson.figure_text`.
"""

import re

import figures
import numpy as np
import pytest
from compare import NUMBER
from lesson.data import CLASS_NAMES
from lesson_files import REFERENCE, read_notebooks, read_series

SHORTEST = 5  # of a line whose data are looked for in the shipped files
CLASS = re.compile(rf"\b(?:{'|'.join(CLASS_NAMES)})\b")

FIGURES = [
    pytest.param(name, cell, text, id=f"{name}-{cell}")
    for name in read_notebooks()
    for cell, text in figures.read(name).items()
]
each_figure = pytest.mark.parametrize(("name", "cell", "text"), FIGURES)


@each_figure
def test_numbers_of_the_alternative_are_in_the_figure(name, cell, text):
    """Each decimal is there as it is written; whole numbers may count what is there."""
    if cell.startswith("explore-"):  # says what was chosen, too: see unit/test_widgets
        return
    alt, _, drawn = text.partition("\n")
    values = [float(each.replace(",", "")) for each in NUMBER.findall(drawn)]
    for number in re.findall(r"(?<![\w.,])\d+\.\d+(?!\w)", alt):
        half = 0.5001 * 10.0 ** -len(number.partition(".")[2])
        assert any(abs(value - float(number)) <= half for value in values), (
            f"{name}, cell {cell}: the alternative says {number}, which is not drawn"
        )


@each_figure
def test_images_stand_under_their_titles(name, cell, text):
    """Where titles name classes, most name that of their image: a network may err."""
    image = r'panel \d+: title "(.*)", x .*\n(?:  range.*\n)?  image: .* \d+, (\w+)'
    named = [
        (title, of) for title, of in re.findall(image, text) if CLASS.search(title)
    ]
    wrong = [pair for pair in named if pair[1] not in CLASS.findall(pair[0])]
    assert len(wrong) <= len(named) / 3, f"{name}, cell {cell}: {wrong[0]}"


def _columns():
    """Yield (column, setting, values) of shipped runs, and of the means of seeds."""
    for path in sorted(REFERENCE.glob("*.csv")):
        table, keys = read_series(path)
        results = list(table.filter(regex="^(val_)?(loss|accuracy)$"))
        table["epoch"] = table.get("epoch", table.index)
        for by in (keys, [key for key in keys if key != "seed"]):
            means = table.groupby([*by, "epoch"], sort=False)[results].mean()
            runs = means.groupby(by, sort=False) if by else [((), means)]
            for setting, rows in runs:
                for column in results:
                    yield column, setting, rows[column].to_numpy()


COLUMNS = list(_columns())


def _curves():
    """Yield (place, title, y, label, style, values) of each curve over epochs."""
    for name, cell, text in (figure.values for figure in FIGURES):
        axes = re.compile(r'title "(.*)", x "(.*)", y "(.*)"')
        panels = re.split(r"\npanel \d+: ", text)[1:]
        for panel in panels if ', x "epoch"' in text else ():
            title, _, y = axes.match(panel).groups()
            y = y or axes.match(panels[0])[3]  # panels in a row share their axis
            for label, style, drawn in re.findall(
                r'  line "(.*)", (\w+).*: x .*, y (.*)', panel
            ):
                values = [float(value) for value in drawn.split()]
                if len(values) >= SHORTEST:
                    yield f"{name}, cell {cell}", title, y, label, style, values


def test_curves_are_the_columns_that_their_words_name():
    """Each curve over epochs is looked up in the shipped files; label, panel and style
    have to say what is found there: which quantity, of which images, of which setting.
    """
    found = 0
    curves = list(_curves())
    for where, title, y, label, style, values in curves:
        sources = [
            source
            for *source, column in COLUMNS
            if len(column) == len(values)
            and np.allclose(column, values, rtol=6e-4, atol=1e-6, equal_nan=True)
        ]
        if not sources:
            continue
        found += 1
        columns = {column for column, _ in sources}
        words = f"{title} {y} {label}".lower()
        what = f"{where}: the {style} line “{label}” under “{title}” shows {sources[0]}"
        assert any(each.removeprefix("val_") in words for each in columns), what
        validated = {column.startswith("val_") for column in columns}
        said = bool(re.search("val_|validation", words))
        plain = re.search(r"training| (loss|accuracy)$", f"{title} {label}".lower())
        if said or plain:
            assert said in validated, what
        elif not label:
            assert (style == "dashed") in validated, what
        keys = {key for _, setting in sources for key in setting}
        settings = {key if isinstance(key, str) else f"{key:g}" for key in keys}
        if label and settings and not re.match("(val_)?(loss|accuracy)$", label):
            assert any(key in label for key in settings), what
    assert found >= max(10, 0.8 * len(curves)), "nearly all are in the shipped files"
