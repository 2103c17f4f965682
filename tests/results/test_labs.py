"""The series of experiments of the labs: this run's against the shipped ones."""

import keras
import lesson
import numpy as np
import pytest
from lesson_files import REFERENCE, read_series, run_folder
from train_labs import SEEDS
from train_seeds import build_no_dropout

LABS = {
    "lab_1": "lab-1-learning-rate-and-batch-size",
    "lab_2": "lab-2-regularisation",
    "lab_4": "lab-4-many-machines",
}
pytestmark = pytest.mark.of_notebooks(*LABS.values())
RESULTS = {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
# Small networks on a part of the images, checked on 2,500: two correct runs on
# different processors differ by up to 0.08 in the last epochs, and those on JAX, which
# draws other numbers, by a little more. Where the validation accuracy jumps from epoch
# to epoch, the training accuracy alone has to agree; and early stopping may stop
# elsewhere
SPREAD = 0.1
JUMPY = [0.3, "batch normalisation", "batch normalisation, 0.99"]
ROUNDS = {"lab_4_halving"}  # each round depends on the one before
SERIES = sorted(path.stem for path in REFERENCE.glob("lab_*.csv"))


def _ends(folder, name):
    """Return the mean of the last three epochs for each setting, and the code."""
    table, keys = read_series(folder / f"{name}.csv")
    assert keys and set(table) >= RESULTS, name
    last = table.groupby(keys, sort=False).tail(3).drop(columns="code")
    return last.groupby(keys, sort=False).mean(), set(table["code"])


def test_each_lab_has_series_with_all_seeds():
    assert {name[:5] for name in SERIES} == set(LABS)
    for name in set(SERIES) - ROUNDS:
        shipped, _ = _ends(REFERENCE, name)
        settings = [key for key in shipped.index.names if key != "seed"]
        count = shipped.groupby(settings).size()
        assert (count == len(SEEDS)).all(), f"{name} lacks a seed: {count}"


@pytest.mark.parametrize("name", SERIES)
def test_series_is_like_the_shipped_one(name):
    """The same settings; and the same code, so that the shipped one can be taken."""
    shipped, old = _ends(REFERENCE, name)
    now, new = _ends(run_folder(LABS[name[:5]]), name)
    assert old == new and len(new) == 1, f"{name} is of other code: make labs"
    if name in ROUNDS:  # who is in the next round depends on a few images
        now, shipped = (
            table.xs(1, level="epochs", drop_level=False).sort_index()
            for table in (now, shipped)
        )
    # In the same order, too; with --whole, those of the first seed alone
    assert list(now.index) == list(shipped.index)[: len(now)]
    of_what = now.index.get_level_values(0)
    distance = (now - shipped.loc[now.index])[of_what != "early stopping"].abs()
    assert not distance["epoch"].any()
    assert distance["accuracy"].max() < SPREAD, distance["accuracy"].idxmax()
    steady = distance["val_accuracy"][~distance.index.get_level_values(0).isin(JUMPY)]
    assert steady.max() < SPREAD, steady.idxmax()


def test_network_without_dropout_drops_nothing():
    """The network of the second series: in training it answers as in prediction."""
    images = np.random.default_rng(42).integers(0, 256, (4, 32, 32, 3))
    model, whole = build_no_dropout(), lesson.models.build_dropout()
    assert model.count_params() == whole.count_params()
    for each, alike in ((model, True), (whole, False)):
        both = [each(images, training=training) for training in (True, False)]
        assert np.allclose(*map(keras.ops.convert_to_numpy, both)) == alike
