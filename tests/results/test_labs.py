"""The series of experiments of the labs: this run's against the shipped ones, and
what the labs say of them in words.
"""

import re

import pandas as pd
import pytest
from lesson_files import REFERENCE, SANDBOX, committed_output, run_output

RESULTS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")
# Small networks on a part of the images, checked on 2,500: two correct runs on
# different processors differ by this much at the last epoch
SPREAD = 0.08


def _series():
    return sorted(path.name for path in REFERENCE.glob("0[67]_*.csv"))


def _read(folder, name):
    """Return a series as (settings in order, last val_accuracy of each, code)."""
    table = pd.read_csv(folder / name, keep_default_na=False, na_values=[""])
    keys = list(table.columns[: list(table.columns).index("epoch")])
    assert keys, "a series has settings"
    assert set(RESULTS) <= set(table)
    last = table.groupby(keys, sort=False).last()
    return last, set(table["code"])


def test_there_are_series():
    assert {name[:2] for name in _series()} == {"06", "07"}


@pytest.mark.parametrize("name", _series())
def test_series_is_like_the_shipped_one(name):
    """The same settings; and of the same code, so that the shipped one is taken by
    whoever is short of time.
    """
    (now, code), (shipped, old) = (
        _read(SANDBOX / "fit_outputs", name),
        _read(REFERENCE, name),
    )
    assert code == old
    assert len(code) == 1
    assert list(now.index) == list(shipped.index)
    assert (now["epoch"] == shipped["epoch"]).mean() > 0.85  # early stopping may differ
    distance = (now["val_accuracy"] - shipped["val_accuracy"]).abs()
    assert distance.max() < SPREAD, distance.idxmax()


# Words: of the shipped series and of this run's alike

RATES = "06-learning-rate-and-batch-size"
METHODS = "07-regularisation"


@pytest.fixture(params=[REFERENCE, SANDBOX / "fit_outputs"], ids=["shipped", "run"])
def last(request):
    """A function that returns the last row of each setting of a series."""

    def read(name):
        table = pd.read_csv(request.param / f"{name}.csv")
        keys = list(table.columns[: list(table.columns).index("epoch")])
        return table.groupby(keys, sort=False).last()

    return read


@pytest.fixture(params=[committed_output, run_output], ids=["committed", "run"])
def output(request):
    return request.param


def test_learning_rates_are_as_described(last):
    """Too small, good, too large, diverged."""
    rates = last("06_learning_rates")
    assert rates["loss"].idxmin() == 0.1
    assert rates["val_accuracy"].idxmax() == 0.1
    assert rates.loc[0.0001, "loss"] > 2.28
    assert rates.loc[0.0001, "val_accuracy"] < 0.15
    assert rates.loc[0.1, "val_accuracy"] - rates.loc[0.3, "val_accuracy"] > 0.03
    assert rates.loc[0.3, "loss"] < 2.2
    for rate in (1.0, 10.0):
        assert rates.loc[rate, "val_accuracy"] < 0.15
        assert not rates.loc[rate, "loss"] < 2.2


def test_finder_finds_the_neighbourhood(output):
    """A tenth to a third of the lowest point is near 0.001."""
    lowest = float(re.search(r"of about ([\d.]+)", output(RATES, "find-rate"))[1])
    assert 0.002 <= lowest <= 0.02


def test_optimizers_are_as_described(last):
    optimizers = last("06_optimizers")
    assert optimizers["loss"].idxmax() == "SGD 0.01"
    assert optimizers["val_accuracy"].idxmin() == "SGD 0.01"
    others = optimizers.drop("SGD 0.01")["loss"]
    for name in ("SGD 0.1", "SGD 0.01, momentum"):
        assert others[name] < others["Adam 0.001"] + 0.1


def test_batch_sizes_are_as_described(last):
    """Over epochs the small ones are ahead; a larger rate helps the large one."""
    batches = last("06_batch_sizes")
    losses = batches.xs(0.001, level="rate")["loss"]
    assert list(losses.index) == [8, 32, 128, 512]
    assert losses.is_monotonic_increasing
    assert batches.loc[(512, 0.004), "loss"] < losses[512] - 0.1
    seconds = batches.xs(0.001, level="rate")["seconds"]
    assert seconds[8] > 1.2 * seconds[128]


def test_noise_is_as_described(output):
    """It halves, roughly, with four times the images; with 8 it is several times 1."""
    noise = [
        float(n) for n in re.findall(r"length ([\d.]+)", output(RATES, "measure-noise"))
    ]
    assert noise[0] > 2
    for more, less in zip(noise, noise[1:], strict=False):
        assert 1.5 < more / less < 2.7


def test_schedule_is_ahead(last):
    plans = last("06_schedules")
    assert plans["loss"].idxmin() == "schedule"
    assert plans["val_accuracy"].idxmax() == "schedule"
    constant = plans.drop("schedule")
    assert constant["loss"].idxmin() == "constant 0.003"
    assert constant["val_accuracy"].idxmax() == "constant 0.001"


def test_extremes_are_as_described(last):
    """One underfits, one overfits; augmentation does not help the linear one."""
    extremes = last("07_extremes")
    assert extremes.loc["linear", "accuracy"] < 0.5
    gap = extremes["accuracy"] - extremes["val_accuracy"]
    assert gap["introductory"] > 0.05
    assert gap["linear"] < gap["introductory"]
    augmented = extremes.loc["linear, augmented"]
    assert augmented["val_accuracy"] < extremes.loc["linear", "val_accuracy"] + 0.03
    assert augmented["accuracy"] < extremes.loc["linear", "accuracy"]
    validation = extremes["val_accuracy"]
    assert validation["introductory"] - validation["linear"] > 0.1


@pytest.mark.parametrize("folder", [REFERENCE, SANDBOX / "fit_outputs"])
def test_validation_loss_of_an_underfitting_model_does_not_rise(folder):
    table = pd.read_csv(folder / "07_extremes.csv")
    loss = table.loc[table["model"] == "linear", "val_loss"]
    assert loss.iloc[-1] < loss.iloc[0] - 0.05
    assert loss.iloc[-1] - loss.min() < 0.06


def test_methods_are_as_described(last):
    methods = last("07_methods")
    validation = methods["val_accuracy"]
    gap = methods["accuracy"] - validation
    assert validation.idxmax() == "more data"
    assert gap.idxmax() == "batch normalisation"
    assert methods["accuracy"].idxmax() == "batch normalisation"
    for method in ("dropout", "augmentation", "early stopping"):
        assert abs(validation[method] - validation["none"]) < 0.06
    for method in ("dropout", "augmentation"):
        assert gap[method] < gap["none"] - 0.03
    for method in ("L1", "L2", "stronger L2", "fewer parameters"):
        assert gap[method] < gap["none"]
        assert validation[method] < validation["none"] + 0.01
    assert validation.idxmin() == "stronger L2"
    assert methods.loc["early stopping", "epoch"] >= 9
    assert methods.loc["more data", "seconds"] > 1.3 * methods.loc["none", "seconds"]


def test_penalties_are_as_described(last):
    methods = last("07_methods")
    tiny, mean = methods["tiny_weights"], methods["mean_weight"]
    assert mean["stronger L2"] < mean["L2"] < 0.6 * mean["none"]
    assert mean["L1"] < 0.6 * mean["none"]
    assert tiny["none"] < 0.05
    assert tiny["L1"] > 0.4
    assert tiny["L2"] > 0.25


def test_fair_dropout_is_as_described(last):
    """The training accuracies differ, the validation accuracies overlap."""
    fair = last("07_fair_dropout")
    training = fair["accuracy"].unstack("dropout")
    assert training["with"].max() < training["without"].min()
    validation = fair["val_accuracy"].unstack("dropout")
    assert abs(validation["with"].mean() - validation["without"].mean()) < 0.03


def test_dropout_on_all_images_is_as_described():
    """No better than the introductory network without it; with it, each seed is."""
    table = pd.concat(
        pd.read_csv(REFERENCE / f"{name}.csv")
        for name in ("three_seeds", "three_seeds_no_dropout")
    )
    ranges = table.groupby("model")["val_accuracy"].agg(["min", "max"])
    intro, dropout, without = (
        ranges.loc[f"cifar_model_{name}"] for name in ("intro", "dropout", "no_dropout")
    )
    assert without["min"] < intro["max"] and intro["min"] < without["max"]
    assert dropout["min"] > without["max"]
    assert (table["model"].value_counts() == 3).all()
