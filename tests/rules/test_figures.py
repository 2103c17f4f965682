"""Figures say what they draw: their words are held to the data behind them.

`fig/NAME.txt` has for each figure its words and its data, see `lesson.figure_text`.
"""

import re
from dataclasses import dataclass, field

import figures
import numpy as np
import pytest
from compare import NUMBER
from lesson.data import CLASS_NAMES
from lesson_files import REFERENCE, read_notebooks, read_series

SHORTEST = 5  # of a line whose data are looked for in the shipped files


@dataclass
class Panel:
    title: str
    x: str
    y: str
    lines: list = field(default_factory=list)  # (label, style, y values)
    images: list = field(default_factory=list)  # the classes of CIFAR-10's images


def _panels(text):
    """Return the panels of a figure's text."""
    panels = []
    for line in text.splitlines():
        if found := re.match(r'panel \d+: title "(.*)", x "(.*)", y "(.*)"', line):
            panels.append(Panel(*found.groups()))
        elif found := re.match(r'  line "(.*)", (\w+).*: x .*, y (.*)', line):
            values = [float(value) for value in found[3].split()]
            panels[-1].lines.append((found[1], found[2], values))
        elif found := re.match(r"  image: .* (?:train|test) \d+, (\w+)", line):
            panels[-1].images.append(found[1])
    return panels


FIGURES = [
    pytest.param(name, cell, text, id=f"{name}-{cell}")
    for name in read_notebooks()
    for cell, text in figures.read(name).items()
]
each_figure = pytest.mark.parametrize(("name", "cell", "text"), FIGURES)


@each_figure
def test_numbers_of_the_alternative_are_in_the_figure(name, cell, text):
    """Each decimal is there as it is written; whole numbers may count what is there."""
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
    named = [
        (panel.images[0] in re.findall(r"\w+", panel.title), panel)
        for panel in _panels(text)
        if panel.images and set(CLASS_NAMES) & set(re.findall(r"\w+", panel.title))
    ]
    wrong = [panel for right, panel in named if not right]
    assert len(wrong) <= len(named) / 3, f"{name}, cell {cell}: {wrong[0]}"


def _columns():
    """Return (file, setting, column, values) of shipped runs, and their means."""
    found = []
    for path in sorted(REFERENCE.glob("*.csv")):
        table, keys = read_series(path)
        results = [c for c in table if re.fullmatch("(val_)?(loss|accuracy)", c)]
        tables = [(table, keys)]
        if "seed" in keys:
            others = [key for key in keys if key != "seed"]
            means = table.groupby([*others, "epoch"], sort=False)[results].mean()
            tables.append((means.reset_index(), others))
        for table, keys in tables:
            groups = table.groupby(keys, sort=False) if keys else [((), table)]
            for setting, rows in groups:
                for column in results:
                    found.append((path.stem, setting, column, rows[column].to_numpy()))
    return found


COLUMNS = _columns()


def _sources(values):
    """Return the (file, setting, column) of shipped columns that a line shows."""
    return [
        source
        for *source, column in COLUMNS
        if len(column) == len(values)
        and np.allclose(column, values, rtol=6e-4, atol=1e-6, equal_nan=True)
    ]


CURVES = [figure for figure in FIGURES if ', x "epoch"' in figure.values[2]]


@pytest.mark.parametrize(("name", "cell", "text"), CURVES)
def test_curves_are_the_columns_that_their_words_name(name, cell, text):
    """Each curve over epochs is looked up in the shipped files; label, panel and style
    have to say what is found there: which quantity, of which images, of which setting.
    """
    where, panels = f"{name}, cell {cell}", _panels(text)
    for panel in panels:
        y = panel.y or panels[0].y  # panels in a row share their axis
        for label, style, values in panel.lines:
            sources = _sources(values) if len(values) >= SHORTEST else []
            if not sources:
                continue
            words = f"{panel.title} {y} {label}".lower()
            name = f"{panel.title} {label}".lower()
            what = f"{where}: the {style} line “{label}” in the panel “{panel.title}”"
            columns = {column for _, _, column in sources}
            quantity = {column.removeprefix("val_") for column in columns}
            assert any(each in words for each in quantity), f"{what} shows {columns}"
            validated = {column.startswith("val_") for column in columns}
            if len(validated) == 2:
                continue  # after a divergence, all are alike
            (val,) = validated
            said = re.search(r"val_|validation", words)
            plain = re.search(r"training| (loss|accuracy)$", name)
            if said or plain:
                assert val == bool(said), f"{what} shows {columns}"
            elif not label:
                assert val == (style == "dashed"), f"{what} shows {columns}"
            keys = {key for _, keys, _ in sources for key in keys}
            settings = {key if isinstance(key, str) else f"{key:g}" for key in keys}
            if label and settings and not re.match("(val_)?(loss|accuracy)$", label):
                assert any(key in label for key in settings), f"{what}: {settings}"


def test_most_curves_are_found_in_the_shipped_files():
    """Else the test above would see nothing."""
    found = [
        bool(_sources(values))
        for figure in CURVES
        for panel in _panels(figure.values[2])
        for _, _, values in panel.lines
        if len(values) >= SHORTEST
    ]
    assert sum(found) >= max(10, 0.8 * len(found)), f"{sum(found)} of {len(found)}"
