"""The series of experiments of the labs: results are kept, and only good ones used."""

import math
import os
from types import SimpleNamespace
from unittest.mock import Mock

import pandas as pd
import pytest
from lesson import experiments
from lesson.experiments import run_all

RATES = [{"rate": 0.1}, {"rate": 1}, {"rate": 1e-05}]
trained = []


@pytest.fixture(autouse=True)
def fit_outputs(tmp_path, monkeypatch):
    """A folder for results that does not exist yet, and a clock."""
    trained.clear()
    clock = SimpleNamespace(perf_counter=lambda: 10 + 2.34 * len(trained))
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    monkeypatch.setattr(experiments, "time", clock)
    monkeypatch.setattr(experiments, "FIT_OUTPUTS", tmp_path / "new" / "fit_outputs")
    return experiments.FIT_OUTPUTS


def _trained(train, settings, **options):
    """Return which settings `run_all` trains, and the table that it returns."""
    trained.clear()
    table = run_all("rates", train, settings, **options)
    return trained, table


def train(rate):
    trained.append(rate)
    accuracies = {"accuracy": [0.3, 0.4], "val_accuracy": [0.1, 0.2]}
    return {"loss": [2.3, 2.0 + rate], **accuracies}


def other_train(rate):
    trained.append(rate)
    return SimpleNamespace(history={"loss": [1.0]})


def test_table_of_results(capsys):
    table = run_all("rates", train, RATES[:2])
    wanted = {"rate": [0.1, 0.1, 1, 1], "epoch": [1, 2] * 2, "loss": [2.3, 2.1, 2.3, 3]}
    wanted |= {"accuracy": [0.3, 0.4] * 2, "val_accuracy": [0.1, 0.2] * 2}
    pd.testing.assert_frame_equal(table, pd.DataFrame({**wanted, "seconds": 2.3}))
    says = f"{'rate=0.1':<28}    2 s  accuracy 0.400  val_accuracy 0.200"
    said = f"1 of 2: {says}\n2 of 2: {says.replace('rate=0.1', 'rate=1  ')}\n"
    assert capsys.readouterr().out == said


def test_only_what_is_missing_is_trained():
    assert _trained(train, RATES)[0] == [0.1, 1, 1e-05]
    again, table = _trained(train, RATES)
    assert again == []
    again, same = _trained(train, RATES, rerun=True)
    assert len(again) == 3
    pd.testing.assert_frame_equal(table, same)
    more, table = _trained(train, [{"rate": 7}, *RATES[:1]])
    assert more == [7]
    assert list(table["rate"]) == [7, 7, 0.1, 0.1]
    # The ones that were not asked for then are not lost
    assert _trained(train, RATES[:1], rerun=True)[0] == [0.1]
    assert _trained(train, [*RATES, {"rate": 7}])[0] == []
    # Results of other code are not taken, and not lost
    again, table = _trained(other_train, RATES[:1])
    assert len(again) == len(table) == 1
    assert _trained(train, [*RATES, {"rate": 7}])[0] == []
    assert _trained(other_train, RATES[:1])[0] == []


def test_shipped_results_are_added_where_there_is_none_of_ones_own(fit_outputs, capsys):
    _trained(train, RATES[::-1])
    (fit_outputs / "reference").mkdir()
    file = (fit_outputs / "rates.csv").rename(fit_outputs / "reference" / "rates.csv")
    text = file.read_text("utf-8")
    file.write_text(text.replace("2.1", "9.9"), "utf-8")  # so that one sees whose it is
    own = _trained(train, RATES[:1])[1]
    table = experiments.add_shipped("rates", train, own)
    assert list(table["rate"]) == [0.1, 0.1, 1e-05, 1e-05, 1, 1]
    assert 2.1 in set(table["loss"]) and 9.9 not in set(table["loss"])
    assert table.index.is_unique
    assert "1 training run of your own, and 2 that come" in capsys.readouterr().out
    experiments.add_shipped("rates", train, _trained(train, RATES[:2])[1])
    assert "2 training runs of your own, and 1 that" in capsys.readouterr().out
    # Other code made these: none is mixed with one's own
    own = _trained(other_train, RATES[:1])[1]
    table = experiments.add_shipped("rates", other_train, own)
    pd.testing.assert_frame_equal(own, table)


def build():
    return calls  # and calls itself


def calls(rate):
    return {"loss": [build(), math.pi, len(trained)]}


def test_file_that_is_open_in_another_program_ends_nothing(monkeypatch, capsys):
    with monkeypatch.context() as windows:
        windows.setattr(os, "replace", Mock(side_effect=PermissionError("in use")))
        again, table = _trained(train, RATES[:1])
    assert again == [0.1] and len(table) == 2
    assert "\nNot yet in rates.csv (in use): is it open" in capsys.readouterr().out
    assert _trained(train, RATES[:2])[0] == [0.1, 1]


def test_code_counts_with_what_it_calls(monkeypatch):
    first = experiments._fingerprint(calls)
    assert first == experiments._fingerprint(calls)
    assert first[0] == "v" and len(first) == 9
    monkeypatch.setitem(globals(), "build", other_train)
    assert first != experiments._fingerprint(calls)
    monkeypatch.setitem(globals(), "build", pd.concat)  # of another module
    assert len([*experiments._sources(calls, set())]) == 1


def test_what_was_trained_before_an_error_is_kept(fit_outputs):
    def fails(rate):
        if rate == 1:
            raise KeyboardInterrupt
        return {"loss": [float(rate)]}

    with pytest.raises(KeyboardInterrupt):
        run_all("rates", fails, RATES)
    assert list(pd.read_csv(fit_outputs / "rates.csv")["rate"]) == [0.1]
    assert [path.name for path in fit_outputs.iterdir()] == ["rates.csv"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b'"'])
def test_broken_file_is_replaced(fit_outputs, content):
    fit_outputs.mkdir(parents=True)
    (fit_outputs / "rates.csv").write_bytes(content)
    assert len(run_all("rates", train, RATES)) == 6
    assert _trained(train, RATES)[0] == []


def test_texts_and_missing_numbers_survive():
    def two(optimizer, seed):
        trained.append((optimizer, seed))
        return {"loss": [1.0, math.nan]}

    settings = [{"optimizer": "None", "seed": 1}, {"optimizer": "sgd", "seed": 1}]
    for _ in range(2):
        table = run_all("both", two, settings)
        assert list(table["optimizer"]) == ["None", "None", "sgd", "sgd"]
        assert table["loss"].isna().tolist() == [False, True] * 2
    assert len(trained) == 2


def test_settings_that_make_no_series():
    bad = {"one": [], "keys": [{"rate": 1}, {"size": 1}], "equal": [{"rate": 1}] * 2}
    for words, settings in bad.items():
        with pytest.raises(ValueError, match=words):
            run_all("rates", train, settings)
    assert trained == []


@pytest.mark.parametrize("name", ["epoch", "seconds", "loss"])
def test_setting_called_like_a_result_is_refused(name):
    with pytest.raises(ValueError, match=f"{name}.*a setting and of a result"):
        experiments.run_one(lambda **setting: {"loss": [1.0]}, {name: 1})
