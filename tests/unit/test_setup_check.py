"""`lesson.setup_check`: what it says where all is well, and where something is not."""

import re
import shutil
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import keras
import lesson
import psutil
import pytest
from lesson import setup_check
from lesson_files import NOTEBOOKS, run_python


def test_machine_that_runs_this_suite_is_ready():
    run = run_python("-m", "lesson.setup_check", cwd=NOTEBOOKS)
    *lines, last = run.stdout.splitlines()
    assert (run.returncode, last) == (0, "All is ready."), run.stdout + run.stderr
    assert [line[:4] for line in lines] == ["ok  "] * 5
    assert "200 steps on real images" in lines[-1]
    assert f"Keras {metadata.version('keras')}" in lines[0]
    assert len({*setup_check.PACKAGES}) == len(setup_check.PACKAGES)


def test_training_is_tried_before_the_data_are_there(monkeypatch):
    clock = SimpleNamespace(perf_counter=iter([0, 10, 18]).__next__)
    monkeypatch.setattr(setup_check, "time", clock)
    monkeypatch.setattr(setup_check, "_images", lambda: None)
    ready, what, _ = setup_check.training()
    assert ready
    assert re.match(
        r"200 steps on random images in 8.0 s, .+ of \d.+ about 50 s$", what
    )


@pytest.mark.parametrize(("loss", "ready"), [(2.29, True), (2.31, False)])
def test_network_that_only_guesses_is_not_ready(loss, ready, monkeypatch):
    """Whoever guesses one of ten classes has a loss of log(10), which is 2.30."""
    monkeypatch.setattr(setup_check, "_images", lambda: ([], []))
    fitted = SimpleNamespace(history={"loss": [loss]})
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: fitted)
    assert setup_check.training()[0] == ready


def test_data_are_looked_for_on_this_machine_alone(monkeypatch):
    load = Mock(side_effect=lesson.data.DataError)
    monkeypatch.setattr(lesson.data, "load_cifar10", load)
    monkeypatch.setenv("CIFAR10_FILE", "gone.npz")
    assert "not in gone.npz, which" in setup_check.data()[1]
    load.assert_called_once_with(download=False)


def test_folder_for_results_is_tried(monkeypatch):
    monkeypatch.setattr(lesson.results, "FIT_OUTPUTS", Path(__file__))
    with pytest.raises(OSError):
        setup_check.disk()


def test_limit_of_a_container_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr(setup_check, "CGROUP", tmp_path)
    there = setup_check.memory()[1]
    for name, text in {"max": "2000000000", "current": "1500000000"}.items():
        (tmp_path / f"memory.{name}").write_text(text + "\n")
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 100000000\n")
    assert setup_check.memory()[:2] == (False, re.sub(r"^[\d.]+", "0.6", there))
    (tmp_path / "memory.max").write_text("max\n")
    assert setup_check.memory()[0]


def test_what_is_wrong_has_its_remedy(monkeypatch, capsys):
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    monkeypatch.setattr(setup_check, "PACKAGES", ("keras", "gone"))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: 1 / 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4e8))
    monkeypatch.setattr(setup_check, "_images", lambda: None)
    assert not setup_check.run(train=False)
    said = capsys.readouterr().out
    wanted = ["packages: .+, gone None .+ README", "memory: ZeroDivisionError.+README"]
    wanted += ["disk: 0.4 GB .+ 0.5. Make room", "data: not here yet. Run `python -m"]
    for line, each in zip(said.splitlines(), wanted, strict=False):
        assert re.match(f"!!  {each}", line)
    assert said.endswith("\n4 of these have to be put right.\n")
