"""`catch_up` and `progress`: they give and keep, and lose nothing of the learner's."""

import csv
import shutil

import lesson
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from lesson.check import record
from lesson_files import FITTED, REFERENCE, read_notebooks


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The `fit_outputs` of a learner in a notebook: our results, none of their own."""
    folder = tmp_path / "fit_outputs"
    shutil.copytree(REFERENCE, folder / "reference")
    monkeypatch.setattr(lesson.results, "FIT_OUTPUTS", folder)
    monkeypatch.setattr(record, "get_ipython", lambda: "a kernel")
    monkeypatch.setattr(record, "_noted", {})
    return folder


def test_catching_up_gives_what_the_notebooks_before_leave(folder, capsys):
    assert {*lesson.results.LEFT} == {*FITTED.values()}
    there = [name for name in read_notebooks() if name.startswith(("0", "lab"))]
    assert lesson.results.NOTEBOOKS == there
    mine = folder / "model_intro.keras"
    mine.write_text("my own")
    for name in (6, "6", "06", "06-evaluate-predict"):
        lesson.catch_up(name)
    assert mine.read_text() == "my own"
    assert not (folder / "history_intro.csv").exists(), "that of another network"
    for name in ("model_dropout.keras", "history_dropout.csv"):
        assert (folder / name).read_bytes() == (REFERENCE / name).read_bytes()
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [
        "From our run, you now have: model_dropout.keras, history_dropout.csv.",
        "You already had, and will keep: model_intro.keras.",
    ]
    assert len(said) == 5 and not list(folder.glob("*.part"))


def test_what_cannot_be_caught_up_with_is_one_sentence(folder):
    for section in ("Step", "Nowhere"):
        with pytest.raises(ValueError, match="heading of no section .+ or of several"):
            lesson.catch_up("04", section)
    with pytest.raises(ValueError, match="'8'.+ 01-introduction, .+05-overfitting"):
        lesson.catch_up("8")
    shutil.rmtree(folder / "reference")
    with pytest.raises(OSError, match="model_intro.+write into .+ in its `reference`"):
        lesson.catch_up(5)


@pytest.fixture
def shell(folder, monkeypatch):
    """A new kernel, in the folder of the notebooks of a learner."""
    (notebooks := folder.with_name("notebooks")).mkdir()
    monkeypatch.chdir(notebooks)
    monkeypatch.setenv("LESSON_FIG", str(folder.parent))
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    return shell


def test_catching_up_with_a_section_runs_what_is_above(shell, capsys):
    lesson.catch_up("04", "The training curves")
    said = capsys.readouterr().out
    assert "cells above “The training curves” are running.\nThey have run." in said
    curves = pd.read_csv(REFERENCE / "history_intro.csv")
    made = shell.user_ns["history_intro_df"]
    assert made.reset_index(drop=True).equals(curves)
    assert "model_fix" not in shell.user_ns, "it is made further down"
    # A heading may be in another one, too
    assert lesson.results._above("04-fit-cnn", "Compile", ())[0] == "Compile"


def test_own_networks_come_before_ours():
    (fit, *_) = FITTED.values()
    own = lesson.results.LEFT[fit]
    assert '"reference"' in lesson.results.spared(fit)["fit-intro"]
    assert '"reference"' in lesson.results.spared(fit, own[:1])["fit-intro"]
    assert "reference = fit_outputs\n" in lesson.results.spared(fit, own)["fit-intro"]
    lab = lesson.results.spared(lesson.results.find("lab-1"))
    assert 'glob("lab_1_' in lab["rerun"]


def test_cell_that_fails_is_named(shell, folder, capsys):
    shutil.rmtree(folder)
    with pytest.raises(RuntimeError, match="The cell fit-intro above that section"):
        lesson.catch_up("04", "The training curves", REFERENCE)
    assert "model_intro.keras" in capsys.readouterr().out, "its own error is not shown"


def test_progress_is_kept_and_never_lost(folder, capsys, monkeypatch):
    file = folder / "progress.json"
    lesson.check.neuron(..., ...)
    assert not file.exists(), "a blank is no attempt"
    assert "so far" not in lesson.check.neuron(7, 7)._repr_html_()
    said = lesson.check.neuron(-0.75, 0)
    assert "Right so far in this notebook: 1 of 6." in said._repr_html_()
    assert "so far" not in repr(said)
    lesson.check.neuron(7, 7)
    lesson.check.pool_by_hand(0)
    monkeypatch.setattr(record, "_noted", {})  # the kernel starts again
    lesson.check.pool_by_hand(1)
    lesson.check.neuron(7, 7)  # what was right once stays right
    lesson.check.progress("03", save_as=folder / "ada.csv", name="Ada")
    said = capsys.readouterr().out
    assert "03-build-cnn: 1 of 6 right; attempted: pool_by_hand; left: convolve" in said
    assert "ada.csv" in said
    rows = list(csv.DictReader((folder / "ada.csv").open(encoding="utf-8")))
    neuron = {"name": "Ada", "notebook": "03-build-cnn"}
    assert neuron | {"exercise": "neuron", "result": "right"} in rows and len(rows) == 6


@pytest.mark.parametrize("broken", ["", "[1]", '{"neuron": 3, "gone": {}}', "{"])
def test_broken_file_or_read_only_folder_does_no_harm(folder, capsys, broken):
    file = folder / "progress.json"
    file.write_text(broken)
    lesson.check.progress()
    assert len(capsys.readouterr().out.splitlines()) == len(lesson.results.NOTEBOOKS)
    file.unlink()
    file.mkdir()  # nothing can be written there
    assert lesson.check.neuron(-0.75, 0)
    lesson.check.progress("03")
    assert "1 of 6 right" in capsys.readouterr().out
