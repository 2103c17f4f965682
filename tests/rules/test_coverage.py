"""What the pages promise about the source lesson: its parts, and what was corrected."""

import re

import pytest
from lesson_files import ROOT, cell_source

PARTS = re.findall(
    r"(?m)^\| (\d+) \| ([^|]+) \| ([^|]+) \|$",
    (ROOT / "COVERAGE.md").read_text(encoding="utf-8"),
)


def test_every_part_of_the_episode_has_its_place():
    numbers = [int(number) for number, *_ in PARTS if not number.startswith("0")]
    assert numbers == list(range(1, 20))


@pytest.mark.parametrize(
    ("part", "cells"), [pytest.param(*row, id=row[0]) for _, *row in PARTS]
)
def test_part_is_taught(part, cells):
    for place in cells.split("; "):
        notebook, ids = place.split(": ")
        for cell in re.findall(r"`([^`]+)`", ids):
            assert cell_source(notebook, cell).strip(), f"{part}: {notebook}, {cell}"


def test_corrections_are_numbered():
    """There are 48 errata, and CORRECTIONS.md explains each, in order."""
    lines = (ROOT / "CORRECTIONS.md").read_text(encoding="utf-8").splitlines()
    cells = [line.split("|")[1].strip() for line in lines if line.startswith("|")]
    numbers = [int(cell) for cell in cells if cell.isdigit()]
    assert numbers == list(range(1, 49))
