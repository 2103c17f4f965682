"""What the prose says of results that a run could change is held to the results.

A claim names the words, and where the result behind them is printed: a pattern with
one group in the output of a cell. It is compared twice: with the committed output,
to the precision with which it is written, and with the output of the last test run,
within the spread that other processors bring.

What is said in words alone ("the dashed line levels off") has a test below.
"""

import re
from typing import NamedTuple

import pandas as pd
import pytest
from lesson_files import (
    MODELS,
    REFERENCE,
    cell_source,
    committed_output,
    read_notebooks,
    run_folder,
    run_output,
)

FIRST = "01-introduction"
FIT = "04-fit-cnn"
EVALUATE = "05-evaluate-predict"
RATES = "06-learning-rate-and-batch-size"
METHODS = "07-regularisation"

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
GAP = r"{} +training [\d.]+, validation [\d.]+, gap ([\d.]+)"
TEST = r"test accuracy: +([\d.]+)"

# fmt: off
CLAIMS = [
    Claim(FIRST, "measure-after", "accuracy was about 0.51", "measure",
          r"accuracy: ([\d.]+)", 0.06),
    Claim(FIT, "about-untrained", "near the 2.30", "untrained", r"loss ([\d.]+)", 0.1),
    Claim(FIT, "read-the-log", "about 0.54 after the first", "fit-intro", EPOCH_1,
          0.05),
    Claim(FIT, "read-the-log", "about 0.66 after the tenth", "fit-intro", LAST_VAL),
    Claim(FIT, "overfitting-signs", "training accuracy was about 0.73", "gap-intro",
          r"training: +([\d.]+)"),
    Claim(FIT, "overfitting-signs", "validation accuracy about 0.66", "gap-intro",
          r"validation: +([\d.]+)"),
    Claim(FIT, "dropout-curves", "ended at about 0.65", "fit-dropout", LAST_TRAIN),
    Claim(FIT, "dropout-curves", "validation accuracy at about 0.67", "fit-dropout",
          LAST_VAL),
    Claim(FIT, "evaluate-training-after", "in our run it was about 0.05",
          "evaluate-training", GAP.format("dropout"), 0.02),
    Claim(FIT, "evaluate-training-after", "half of the 0.09", "evaluate-training",
          GAP.format("intro")),
    Claim(FIT, "evaluate-training-after", "higher training accuracy, about 0.73",
          "fit-intro", LAST_TRAIN),
    Claim(FIT, "evaluate-training-after", "against 0.65 in their logs",
          "fit-dropout", LAST_TRAIN),
    Claim(EVALUATE, "test-result", "test accuracy was about 0.67", "test-accuracy",
          TEST),
    Claim(EVALUATE, "test-result", "Is 0.67 good?", "test-accuracy", TEST),
    Claim(EVALUATE, "class-accuracy-after", "cats came last with about 0.50",
          "class-accuracy", r"cat +([\d.]+)", 0.2),
    Claim(EVALUATE, "class-accuracy-after", "automobiles came first with about 0.84",
          "class-accuracy", r"automobile +([\d.]+)", 0.15),
    Claim(EVALUATE, "class-accuracy-after", "frogs came second with about 0.82",
          "class-accuracy", r"frog +([\d.]+)", 0.15),
    Claim(EVALUATE, "class-accuracy-after", "fifth from below with about 0.64",
          "class-accuracy", r"truck +([\d.]+)", 0.2),
    Claim(RATES, "rates-after", "validation accuracy ended at 0.52", "rates-table",
          r"\n0\.1000 +[\d.]+ +[\d.]+ +([\d.]+)", 0.06),
    Claim(METHODS, "table-after", "in our run it gained 0.05", "table",
          r"more data +[\d.]+ +([\d.]+)", 0.05),
    Claim(METHODS, "table-after", "in our run it gained 0.03, and its gap", "table",
          r"augmentation +[\d.]+ +([\d.]+)", 0.05),
    Claim(METHODS, "table-after", "in our run its validation accuracy was 0.40",
          "table", r"stronger L2 +([\d.]+)", 0.06),
    Claim(METHODS, "weights-after", "In our run 0.62 of the weights",
          "weights-table", r"\nL1 +([\d.]+)", 0.15),
    Claim(METHODS, "weights-after", "and 0.01 without", "weights-table",
          r"\nnone +([\d.]+)", 0.02),
    Claim(RATES, "schedules-after", "in our run it ended at 0.59", "plot-schedules",
          r"\nschedule +[\d.]+ +([\d.]+)", 0.06),
    Claim(RATES, "schedules-after", "the constant rate of 0.001 at 0.54",
          "plot-schedules", r"\nconstant 0.001 +[\d.]+ +([\d.]+)", 0.06),
]
# fmt: on


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.words)
def test_claim(claim):
    """The prose, the committed result and the result of the run agree."""
    assert claim.words in cell_source(claim.notebook, claim.cell)
    said = float(NUMBER.findall(claim.words)[-1])
    committed = committed_output(claim.notebook, claim.output_of)
    # The untrained loss is "near" 2.30 in the committed run, too
    allowed = 0.1 if "near" in claim.words else ROUNDING
    assert said == pytest.approx(_find(claim.pattern, committed), abs=allowed)
    now = run_output(claim.notebook, claim.output_of)
    assert said == pytest.approx(_find(claim.pattern, now), abs=allowed + claim.spread)


def _find(pattern, output):
    """Return the number that a pattern finds in an output."""
    found = re.search(pattern, output)
    assert found, f"no {pattern!r} in:\n{output}"
    return float(found.group(1))


def test_every_number_of_our_run_is_a_claim():
    """Each sentence that says "in our run" has its numbers among the claims."""
    for notebook in read_notebooks():
        claimed = {(c.cell, n) for c in CLAIMS for n in NUMBER.findall(c.words)}
        for cell, sentence in _sentences_of_our_run(notebook):
            for number in NUMBER.findall(sentence):
                assert (cell, number) in claimed, f"{notebook}, {cell}: {sentence}"


def _sentences_of_our_run(notebook):
    """Yield (cell id, sentence) of what the prose says of the committed run."""
    for cell in read_notebooks()[notebook]["cells"]:
        if cell["cell_type"] == "markdown":
            for sentence in re.split(r"(?<=[.?!:])\s", cell["source"]):
                if "our run" in sentence:
                    yield cell["id"], sentence


# Words without numbers: of the shipped run and of the last test run alike


@pytest.fixture(params=["shipped", "run"])
def histories(request):
    folder = run_folder(FIT) if request.param == "run" else REFERENCE
    return {
        name: pd.read_csv(folder / f"history_{name}.csv")
        for name in ("intro", "dropout")
    }


@pytest.fixture(params=[committed_output, run_output], ids=["committed", "run"])
def output(request):
    return request.param


def test_curves_of_the_intro_are_as_described(histories):
    """Lines cross early and part; the validation loss levels off."""
    intro = histories["intro"]
    above = intro["accuracy"] > intro["val_accuracy"]
    assert not above[0] and above[4:].all()
    assert intro["val_loss"].iloc[-1] - intro["val_loss"].min() < 0.08
    assert intro["val_accuracy"].max() - intro["val_accuracy"].iloc[5] < 0.03
    assert intro["loss"].diff().iloc[1:].max() < 0


def test_curves_of_dropout_are_as_described(histories):
    """The gap has gone: validation is the better line nearly all the way."""
    dropout = histories["dropout"]
    assert (dropout["val_accuracy"] > dropout["accuracy"]).sum() >= 8
    assert (dropout["val_loss"] < dropout["loss"]).sum() >= 8


def test_gaps_are_as_described(output):
    """With dropout off, dropout's gap is about half of the other."""
    text = output(FIT, "evaluate-training")
    intro, dropout = (_find(GAP.format(name), text) for name in MODELS)
    assert 0.3 < dropout / intro < 0.75


def test_linear_model_underfits(output):
    text = output(FIT, "plot-underfit")
    training, validation = (float(n) for n in NUMBER.findall(text)[:2])
    assert training < 0.45
    assert abs(training - validation) < 0.03


def test_more_confident_answers_are_more_often_right(output):
    rows = re.findall(r"\] +\d+ +[\d.]+ +([\d.]+)", output(EVALUATE, "confidence"))
    accuracies = [float(row) for row in rows]
    assert len(accuracies) == 5
    assert accuracies == sorted(accuracies)


def test_confidence_is_calibrated(output):
    """Each group is right about as often as its confidence says."""
    rows = re.findall(r"\] +\d+ +([\d.]+) +([\d.]+)", output(EVALUATE, "confidence"))
    assert len(rows) == 5
    for confidence, accuracy in rows:
        assert float(accuracy) == pytest.approx(float(confidence), abs=0.1)


def test_noise_is_named_with_certainty(output):
    """For some pictures of noise, the model is almost certain of a class."""
    assert _find(r"most confident answer: ([\d.]+)", output(EVALUATE, "noise")) > 0.8


def test_hard_and_easy_classes_are_as_described(output):
    """Cats, birds, deer and dogs come last, automobiles and frogs are easy."""
    ranks = re.findall(r"^(\w+) +[\d.]+$", output(EVALUATE, "class-accuracy"), re.M)
    assert len(ranks) == 10
    assert "cat" in ranks[:4]
    assert len({"cat", "bird", "deer", "dog"} & set(ranks[:5])) >= 3
    assert "automobile" in ranks[-4:]
    assert "frog" in ranks[-5:]
    assert "truck" in ranks[2:8]


def test_three_seeds_are_as_described():
    """With each seed, the dropout model is ahead, by between 0.01 and 0.03."""
    seeds = pd.read_csv(REFERENCE / "three_seeds.csv")
    table = seeds.pivot(index="seed", columns="model", values="val_accuracy")
    lead = table["cifar_model_dropout"] - table["cifar_model_intro"]
    assert len(lead) == 3
    assert table["cifar_model_dropout"].min() > table["cifar_model_intro"].max()
    assert "by between 0.01 and 0.03" in cell_source(FIT, "how-sure-after")
    assert lead.between(0.005, 0.035).all()
