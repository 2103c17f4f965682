"""Numbers in the prose that a run could change are held to the results.

A claim names the words, and where the result behind them is printed: a pattern with
one group in the output of a cell. It is compared twice: with the committed output,
to the precision with which it is written, and with the output of this very run,
within the spread that other processors bring.
"""

import re
from typing import NamedTuple

import pytest
from lesson_files import cell_source, committed_output, run_output

FIRST = "01-introduction"
FIT = "04-fit-cnn"
EVALUATE = "05-evaluate-predict"

NUMBER = re.compile(r"\d+\.\d+")
ROUNDING = 0.0051  # a number written with two decimals


class Claim(NamedTuple):
    """A number in the prose and the output that it speaks of."""

    notebook: str
    cell: str
    words: str  # as they stand in the prose, with the number
    output_of: str
    pattern: str
    spread: float = 0.03  # of this result between processors


EPOCH_1 = r"Epoch 1/10\n[^\n]* val_accuracy: ([\d.]+)"
LAST_VAL = r"Epoch 10/10\n[^\n]* val_accuracy: ([\d.]+)"
LAST_TRAIN = r"Epoch 10/10\n[^\n]* - accuracy: ([\d.]+)"

CLAIMS = [
    Claim(
        FIRST, "measure-after", "was about 0.50", "measure", r"accuracy: ([\d.]+)", 0.06
    ),
    Claim(
        FIT, "read-the-log", "about 0.54 after the first", "fit-intro", EPOCH_1, 0.05
    ),
    Claim(FIT, "read-the-log", "about 0.66 after the tenth", "fit-intro", LAST_VAL),
    Claim(
        FIT,
        "overfitting-signs",
        "training accuracy was about 0.73",
        "fit-intro",
        LAST_TRAIN,
    ),
    Claim(
        FIT,
        "overfitting-signs",
        "validation accuracy about 0.66",
        "fit-intro",
        LAST_VAL,
    ),
    Claim(
        FIT, "overfitting-signs", "was about 0.73", "gap-intro", r"training: +([\d.]+)"
    ),
    Claim(FIT, "dropout-curves", "ended at about 0.65", "fit-dropout", LAST_TRAIN),
    Claim(
        FIT,
        "dropout-curves",
        "validation accuracy at about 0.67",
        "fit-dropout",
        LAST_VAL,
    ),
    Claim(
        FIT, "about-compile-after", "near the 2.30", "untrained", r"loss ([\d.]+)", 0.1
    ),
    Claim(
        EVALUATE,
        "test-result",
        "was about 0.67",
        "test-accuracy",
        r"test accuracy: +([\d.]+)",
    ),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.words)
def test_claim(claim):
    """The prose, the committed result and the result of this run agree."""
    assert claim.words in cell_source(claim.notebook, claim.cell)
    said = float(NUMBER.search(claim.words).group())
    committed = committed_output(claim.notebook, claim.output_of)
    assert said == pytest.approx(_find(claim, committed), abs=ROUNDING)
    now = run_output(claim.notebook, claim.output_of)
    assert said == pytest.approx(_find(claim, now), abs=ROUNDING + claim.spread)


def _find(claim, output):
    found = re.search(claim.pattern, output)
    assert found, f"no {claim.pattern!r} in the output of {claim.output_of}:\n{output}"
    return float(found.group(1))
