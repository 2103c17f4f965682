"""The times at the head of a notebook: estimated by one rule, for newcomers.

Somebody who is new to the subject reads 120 words a minute of it, takes 45 seconds to
read a cell of code, run it and look at what comes out, and three minutes to think about
an exercise. What is folded is not counted. Sums are rounded up to five minutes. With
the pauses, ten minutes are added for each 50 minutes of work.
"""

import re

import pytest
from lesson_files import read_notebooks, times

WORDS_A_MINUTE = 120
MINUTES_A_CELL = 0.75
MINUTES_AN_EXERCISE = 3
FOLDED = re.compile(r"(?s)<!--.*?-->|<details>.*</details>|```.*?```|\]\([^)]*\)")


def _unfolded(cells):
    """Yield the cells outside the sections that are folded when a notebook opens."""
    folded = None
    for cell in cells:
        heading = re.match("#+(?= )", cell["source"])
        if heading and cell["cell_type"] == "markdown":
            level = len(heading[0])
            if folded is None or level <= folded:
                starts = "jp-MarkdownHeadingCollapsed" in cell["metadata"]
                folded = level if starts else None
        if folded is None:
            yield cell


def _up(minutes):
    return 5 * -(-minutes // 5)


def _in_words(minutes):
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} minutes"


@pytest.mark.parametrize("name", [name for name in read_notebooks() if times(name)])
def test_times_are_those_of_the_rule(name):
    teaching = exercises = 0
    for cell in _unfolded(read_notebooks()[name]["cells"]):
        minutes = len(re.findall(r"[A-Za-z’']+", FOLDED.sub(" ", cell["source"])))
        minutes /= WORDS_A_MINUTE
        if cell["cell_type"] == "code":
            minutes = MINUTES_A_CELL
        if cell["id"].startswith("exercise"):
            exercises += minutes + MINUTES_AN_EXERCISE
        elif not cell["id"].startswith(("answer", "help")):
            teaching += minutes
    said = [int(re.sub(r"\D", "", each) or 0) for each in times(name)[:2]]
    wanted = [f"{_up(n):.0f} minutes" if n else "–" for n in (teaching, exercises)]
    for minutes, estimate in zip(said, (teaching, exercises), strict=True):
        # A few words more or less change nothing
        assert abs(minutes - estimate) <= 5, f"{name}, cell title: {wanted}"
    pauses = _in_words(sum(said) + 10 * (sum(said) // 50))
    assert times(name)[3] == pauses, f"{name}, cell title: {pauses} with pauses"
