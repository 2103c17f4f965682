"""The series of experiments of the labs: results are kept, and only good ones used."""

import math

import pandas as pd
import pytest
from lesson import experiments

RATES = [{"rate": 0.1}, {"rate": 1}, {"rate": 1e-05}]


@pytest.fixture(autouse=True)
def fit_outputs(tmp_path, monkeypatch):
    """A folder for results that does not exist yet."""
    monkeypatch.setattr(experiments, "FIT_OUTPUTS", tmp_path / "fit_outputs")
    return tmp_path / "fit_outputs"


trained = []


@pytest.fixture(autouse=True)
def forget():
    trained.clear()


def train(rate):
    trained.append(rate)
    return {"loss": [2.3, 2.0 + rate], "val_accuracy": [0.1, 0.2]}


def other_train(rate):
    trained.append(rate)
    return {"loss": [1.0], "val_accuracy": [0.5]}


def test_table_of_results(capsys):
    table = experiments.run_all("rates", train, RATES)
    assert list(table) == ["rate", "epoch", "loss", "val_accuracy", "seconds"]
    assert list(table["rate"]) == [0.1, 0.1, 1, 1, 1e-05, 1e-05]
    assert list(table["epoch"]) == [1, 2] * 3
    assert table["loss"][3] == 3.0
    said = capsys.readouterr().out
    assert "2 of 3: rate=1 " in said
    assert "val_accuracy 0.200" in said


def test_second_time_trains_nothing_and_returns_the_same():
    first = experiments.run_all("rates", train, RATES)
    trained.clear()
    second = experiments.run_all("rates", train, RATES)
    assert trained == []
    pd.testing.assert_frame_equal(first, second)


def test_only_what_is_missing_is_trained():
    experiments.run_all("rates", train, RATES)
    trained.clear()
    table = experiments.run_all("rates", train, [{"rate": 7}, *RATES[:1]])
    assert trained == [7]
    assert list(table["rate"]) == [7, 7, 0.1, 0.1]
    # The ones that are not asked for now are not lost
    trained.clear()
    experiments.run_all("rates", train, [*RATES, {"rate": 7}])
    assert trained == []


def test_rerun_trains_all():
    experiments.run_all("rates", train, RATES)
    trained.clear()
    experiments.run_all("rates", train, RATES, rerun=True)
    assert len(trained) == 3


def test_results_of_other_code_are_not_taken():
    experiments.run_all("rates", train, RATES)
    trained.clear()
    table = experiments.run_all("rates", other_train, RATES)
    assert len(trained) == 3
    assert list(table["loss"]) == [1.0] * 3


def build():
    return 1.0


def build_otherwise():
    return 2.0


def calls(rate):
    return {"loss": [build()]}


def test_code_counts_with_what_it_calls(monkeypatch):
    first = experiments._fingerprint(calls)
    assert experiments._fingerprint(calls) == first
    monkeypatch.setitem(calls.__globals__, "build", build_otherwise)
    assert experiments._fingerprint(calls) != first


def test_what_was_trained_before_an_error_is_kept(fit_outputs):
    def fails(rate):
        if rate == 1:
            raise KeyboardInterrupt
        return {"loss": [float(rate)]}

    with pytest.raises(KeyboardInterrupt):
        experiments.run_all("rates", fails, RATES)
    kept = pd.read_csv(fit_outputs / "rates.csv")
    assert list(kept["rate"]) == [0.1]
    assert [path.name for path in fit_outputs.iterdir()] == ["rates.csv"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b'"'])
def test_broken_file_is_replaced(fit_outputs, content):
    fit_outputs.mkdir()
    (fit_outputs / "rates.csv").write_bytes(content)
    assert len(experiments.run_all("rates", train, RATES)) == 6
    trained.clear()
    experiments.run_all("rates", train, RATES)
    assert trained == []


def test_loss_that_is_no_number_survives():
    def diverges(rate):
        return {"loss": [1.0, math.nan]}

    for _ in range(2):
        table = experiments.run_all("rates", diverges, RATES)
        assert table["loss"].isna().tolist() == [False, True] * 3


def test_texts_and_several_keys():
    def two(optimizer, seed):
        trained.append((optimizer, seed))
        return {"loss": [1.0]}

    settings = [{"optimizer": "None", "seed": 1}, {"optimizer": "sgd", "seed": 1}]
    for _ in range(2):
        table = experiments.run_all("both", two, settings)
        assert list(table["optimizer"]) == ["None", "sgd"]
    assert len(trained) == 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ([], "at least one"),
        ([{"rate": 1}, {"size": 1}], "same keys"),
        ([{"rate": 1}, {"rate": 1}], "equal"),
    ],
)
def test_settings_that_make_no_series(settings, words):
    with pytest.raises(ValueError, match=words):
        experiments.run_all("rates", train, settings)
    assert trained == []
