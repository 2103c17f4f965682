"""The times at the head of a notebook are those of the rule in tools/estimate.py."""

import re

import pytest
from estimate import minutes, unfolded
from lesson_files import read_notebooks, times


def _in_words(number):
    hours, number = divmod(int(number), 60)
    return f"{hours} h {number:02} min" if hours else f"{number} minutes"


@pytest.mark.parametrize("name", read_notebooks())
def test_times_are_those_of_the_rule(name):
    cells = unfolded(read_notebooks()[name]["cells"])
    estimates = [sum(taken) for taken in zip(*map(minutes, cells), strict=True)]
    said = [int(re.sub(r"\D", "", each) or 0) for each in times(name)[:2]]
    wanted = [f"{5 * -(-n // 5):.0f} minutes" if n else "–" for n in estimates]
    for number, estimate in zip(said, estimates, strict=True):
        # A few words more or less change nothing
        assert abs(number - estimate) <= 5, f"{name}, cell title: {wanted}"
    pauses = _in_words(sum(said) + 10 * (sum(said) // 50))
    assert times(name)[3] == pauses, f"{name}, cell title: {pauses} with pauses"
