"""The instructors' pages: made from the notebooks, with plans that add up."""

import re

import lesson
from format import ROOT, pages
from lesson_files import read_notebooks, times
from run_sheets import sections

GUIDE = (ROOT / "instructors" / "README.md").read_text(encoding="utf-8")
PLANS = re.findall(r"(?:\| \d+:\d\d \| .+\n)+", GUIDE)
NOTEBOOK = r"\| \[.+\]\((.+)\.md\)(?:, (until|from) \*(.+)\*)?"


def test_pages_are_those_of_the_notebooks():
    for name, text in pages(read_notebooks()).items():
        page = (ROOT / name).read_text(encoding="utf-8")
        assert page == text, f"{name} is old: make format"


def test_numbers_in_notes_are_those_of_their_notebook():
    for name, notebook in read_notebooks().items():
        known = " ".join(cell["source"] for cell in notebook["cells"])
        for cell in notebook["cells"]:
            for note in cell["metadata"].get("instructor", {}).values():
                for number in re.findall(r"\d[\d.,]*\d", note):
                    assert number in known, f"{name}, cell {cell['id']}: {number}"


def _estimate(name, part, heading):
    """Return the minutes of a notebook, as its title has them, or of a part."""
    if not part:
        return sum(int(time.split()[0].replace("–", "0")) for time in times(name)[:2])
    found = sections(read_notebooks()[name])
    cut = [each[0].lstrip("# ") for each in found].index(heading)
    return sum(each[1] for each in (found[:cut] if part == "until" else found[cut:]))


def test_plans_add_up_and_agree_with_the_times_of_the_notebooks():
    assert len(PLANS) == 4
    for rows in map(str.splitlines, PLANS):
        clock = [[int(n) for n in re.findall(r"\d+", row)[:5]] for row in rows]
        for row, (h, m, to_h, to_m, took) in zip(rows, clock, strict=True):
            assert 60 * (to_h - h) + to_m - m == took, row
            for of_what in re.findall(NOTEBOOK, row):
                off = 5 if of_what[1] else 0  # titles are rounded, too
                assert abs(_estimate(*of_what) - took) <= off, row
        assert [each[2:4] for each in clock[:-1]] == [each[:2] for each in clock[1:]]


def test_exercises_that_the_guide_sorts_are_there():
    table = GUIDE.split("| notebook | a vote ")[1].split("\n\n")[0]
    rows = re.findall(rf"(?m)^{NOTEBOOK} (\|.+)$", table)
    sorts = [(each, name) for name, *_, row in rows for each in re.findall(r"\w+", row)]
    there = {(each, at.notebook) for each, at in lesson.check.EXERCISES.items()}
    assert set(sorts) <= there
