"""The series of experiments of the labs: this run's against the shipped ones, and
what the labs say of them in words.
"""

import functools
import importlib
import re

import lesson
import numpy as np
import pandas as pd
import pytest
from lesson_files import REFERENCE, committed_output, run_folder, run_output

RATES = "06-learning-rate-and-batch-size"
METHODS = "07-regularisation"
FOLDERS = ["shipped", "run"]
pytestmark = pytest.mark.of_notebooks(RATES, METHODS)
RESULTS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")
# Small networks on a part of the images, checked on 2,500: two correct runs on
# different processors differ by this much in the last epochs. Where the validation
# accuracy jumps from epoch to epoch, the training accuracy alone has to agree; and
# early stopping may stop elsewhere
SPREAD = 0.08
JUMPY = [0.3, "batch normalisation"]


def _series():
    return sorted(path.stem for path in REFERENCE.glob("0[67]_*.csv"))


def _table(folder, name):
    """Return a series, "shipped" or of the last test "run" of its notebook."""
    notebook = {"06": RATES, "07": METHODS}[name[:2]]
    path = run_folder(notebook) if folder == "run" else REFERENCE
    return pd.read_csv(path / f"{name}.csv", keep_default_na=False, na_values=[""])


def _read(folder, name, rows=1):
    """Return a series, the mean of its last rows for each setting, in order."""
    table = _table(folder, name)
    keys = list(table.columns[: list(table.columns).index("epoch")])
    assert keys, "a series has settings"
    assert set(RESULTS) <= set(table)
    last = table.groupby(keys, sort=False).tail(rows).drop(columns="code")
    return last.groupby(keys, sort=False).mean()


def _code(folder, name):
    return set(_table(folder, name)["code"])


def test_there_are_series():
    assert {name[:2] for name in _series()} == {"06", "07"}


@pytest.mark.parametrize("name", _series())
def test_series_is_like_the_shipped_one(name):
    """The same settings; and of the same code, so that the shipped one is taken by
    whoever is short of time.
    """
    shipped, now = (_read(folder, name, rows=3) for folder in FOLDERS)
    (old,), (code,) = (_code(folder, name) for folder in FOLDERS)
    assert code == old
    assert list(now.index) == list(shipped.index)
    distance = (now - shipped).drop("early stopping", errors="ignore").abs()
    assert not distance["epoch"].any()
    assert distance["accuracy"].max() < SPREAD, distance["accuracy"].idxmax()
    steady = distance["val_accuracy"].drop(JUMPY, errors="ignore")
    assert steady.max() < SPREAD, steady.idxmax()


# Words: of the shipped series and of this run's alike


@pytest.fixture(params=FOLDERS)
def last(request):
    """A function that returns the last row of each setting of a series, or the mean
    of its last rows.
    """
    return functools.partial(_read, request.param)


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
    late = last("06_learning_rates", rows=4)["val_accuracy"]
    assert late[0.1] - late[0.3] > 0.03
    assert rates.loc[0.3, "loss"] < 2.2
    for rate in (1.0, 10.0):
        assert rates.loc[rate, "val_accuracy"] < 0.15
        assert not rates.loc[rate, "loss"] < 2.2


def test_finder_finds_the_neighbourhood(output):
    """A tenth to a third of the lowest point leads near 0.001."""
    lowest = float(re.search(r"of about ([\d.]+)", output(RATES, "find-rate"))[1])
    assert 0.002 <= lowest <= 0.03


def test_optimizers_are_as_described(last):
    """Two of the rates, and the series of the others."""
    default, best = last("06_learning_rates").loc[[0.01, 0.1]].to_dict("records")
    others = last("06_optimizers")
    assert default["loss"] > others["loss"].max()
    assert default["val_accuracy"] < others["val_accuracy"].min()
    for loss in (best["loss"], others["loss"]["SGD 0.01, momentum"]):
        assert loss < others["loss"]["Adam 0.001"] + 0.1


def test_batch_sizes_are_as_described(last):
    """Over epochs the small ones are ahead; a larger rate helps the large one."""
    batches = last("06_batch_sizes")
    losses = batches.xs(0.001, level="rate")["loss"]
    assert list(losses.index) == [8, 32, 128, 512]
    assert losses.is_monotonic_increasing
    assert batches.loc[(512, 0.004), "loss"] < losses[512] - 0.1


def test_small_batches_took_longer():
    """On the machine of the shipped results; elsewhere the times are the reader's."""
    seconds = _read("shipped", "06_batch_sizes").xs(0.001, level="rate")["seconds"]
    assert seconds[8] > 1.5 * seconds[32]
    assert seconds[512] > 0.85 * seconds[32]


def test_noise_is_as_described(output):
    """It halves, roughly, with four times the images; with 8 it is several times 1."""
    noise = [
        float(n) for n in re.findall(r"length ([\d.]+)", output(RATES, "measure-noise"))
    ]
    assert noise[0] > 2
    for more, less in zip(noise, noise[1:], strict=False):
        assert 1.5 < more / less < 2.7


def test_schedule_is_ahead(last):
    """Of two constant rates, one is among the optimizers."""
    low = last("06_optimizers", rows=3).loc["Adam 0.001"]
    plans = last("06_schedules", rows=3)
    high, schedule = plans.loc["constant 0.003"], plans.loc["schedule"]
    assert schedule["loss"] < high["loss"] < low["loss"]
    assert schedule["val_accuracy"] > max(high["val_accuracy"], low["val_accuracy"])
    assert abs(low["val_accuracy"] - high["val_accuracy"]) < 0.05


def test_extremes_are_as_described(last):
    """One underfits, one overfits; augmentation does not help the simple one."""
    extremes = last("07_extremes")
    simple, introductory = extremes.loc["simple"], extremes.loc["introductory"]
    assert simple["accuracy"] < 0.45
    assert simple["accuracy"] - simple["val_accuracy"] < 0.05
    assert introductory["accuracy"] - introductory["val_accuracy"] > 0.1
    assert introductory["val_accuracy"] - simple["val_accuracy"] > 0.08
    augmented = extremes.loc["simple, augmented"]
    assert augmented["val_accuracy"] < simple["val_accuracy"] + 0.03
    assert augmented["accuracy"] < simple["accuracy"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_validation_loss_rises_with_overfitting_only(folder):
    losses = _table(folder, "07_extremes").groupby("model")["val_loss"]
    rise = losses.last() - losses.min()
    assert rise["simple"] < 0.02
    assert rise["introductory"] > 0.04
    assert losses.first()["simple"] - losses.last()["simple"] > 0.1


def test_methods_are_as_described(last):
    methods = last("07_methods")
    validation = methods["val_accuracy"]
    gap = methods["accuracy"] - validation
    assert validation["more data"] > validation.drop("more data").max() - 0.02
    assert validation["more data"] > validation["none"] + 0.04
    assert gap.idxmax() == "batch normalisation"
    assert methods["accuracy"].idxmax() == "batch normalisation"
    assert validation["augmentation"] > validation["none"] + 0.01
    assert gap["augmentation"] < 0.05
    loss = methods["val_categorical_crossentropy"]
    for method in ("L1", "L2", "dropout"):
        assert abs(validation[method] - validation["none"]) < 0.04
        assert gap[method] < gap["none"] - 0.03
        assert loss[method] < loss["none"]
    for method in ("fewer parameters", "stronger L2"):
        assert gap[method] < gap["none"] - 0.1
        assert validation[method] < validation["none"] - 0.01
    assert methods["accuracy"].idxmin() == "stronger L2"


def test_times_of_the_methods_are_as_described():
    seconds = _read("shipped", "07_methods")["seconds"]
    assert seconds["more data"] > 1.25 * seconds["none"]
    assert 0.65 < seconds["early stopping"] / seconds["none"] < 0.85


@pytest.mark.parametrize("folder", FOLDERS)
def test_early_stopping_is_as_described(folder):
    """It stops before the end; the loss is better than there, not the accuracy."""
    methods = _table(folder, "07_methods")
    none, stopped = (
        methods[methods["method"] == method] for method in ("none", "early stopping")
    )
    assert 7 <= len(stopped) <= 15
    kept = stopped.loc[stopped["val_loss"].idxmin()]
    at_end = none.iloc[-1]
    assert kept["val_loss"] < at_end["val_loss"] - 0.03
    assert abs(kept["val_accuracy"] - at_end["val_accuracy"]) < 0.04


def test_penalties_are_as_described(last):
    methods = last("07_methods")
    tiny, mean = methods["tiny_weights"], methods["mean_weight"]
    assert mean["stronger L2"] < mean["L2"] < 0.6 * mean["none"]
    assert mean["L1"] < 0.6 * mean["none"]
    assert tiny["none"] < 0.05
    assert tiny["L1"] > 0.4
    assert tiny["L2"] > 0.25


def test_fair_dropout_is_as_described(last):
    """With dropout: worse on each training image, better on new ones."""
    fair = last("07_fair_dropout")
    training = fair["accuracy"].unstack("dropout")
    assert training["with"].max() < training["without"].min()
    late = last("07_fair_dropout", rows=3)["val_accuracy"].unstack("dropout")
    assert late["with"].mean() > late["without"].mean()


def test_fair_dropout_took_more_than_eight_epochs():
    table = _table("shipped", "07_fair_dropout")
    for epoch, apart in ((8, False), (16, True)):
        now = table[table["epoch"] == epoch].groupby("dropout")["val_accuracy"]
        assert (now.min()["with"] > now.max()["without"]) == apart
    assert table["epoch"].max() == 16


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


def test_network_without_dropout_drops_nothing():
    """The network of the second series: in training it answers as in prediction."""
    build = importlib.import_module("train_seeds").build_no_dropout
    images = np.random.default_rng(42).integers(0, 256, (4, 32, 32, 3))
    model, whole = build(), lesson.models.build_dropout()
    assert model.count_params() == whole.count_params()
    answers = [np.array(model(images, training=training)) for training in (True, False)]
    assert np.allclose(*answers)
    dropped = [np.array(whole(images, training=training)) for training in (True, False)]
    assert not np.allclose(*dropped)
