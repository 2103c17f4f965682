"""`catch_up` and `progress`: they give and keep, and lose nothing of the learner's."""

import csv
import shutil

import lesson
import pytest
from lesson.check import record
from lesson_files import FITTED, REFERENCE, read_notebooks


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The `fit_outputs` of a learner in a notebook: our results, none of their own."""
    shutil.copytree(REFERENCE, tmp_path / "reference")
    monkeypatch.setattr(lesson.results, "FIT_OUTPUTS", tmp_path)
    monkeypatch.setattr(record, "get_ipython", lambda: "a kernel")
    monkeypatch.setattr(record, "_noted", {})
    return tmp_path


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
        "You have now, from our run: model_dropout.keras, history_dropout.csv.",
        "You have already, and keep: model_intro.keras.",
    ]
    assert len(said) == 5 and not list(folder.glob("*.part"))


def test_what_cannot_be_caught_up_with_is_one_sentence(folder):
    with pytest.raises(ValueError, match="'8'.+ 01-introduction, .+05-overfitting"):
        lesson.catch_up("8")
    shutil.rmtree(folder / "reference")
    with pytest.raises(OSError, match="model_intro.+write into .+ in its `reference`"):
        lesson.catch_up(5)


def test_progress_is_kept_and_never_lost(folder, capsys, monkeypatch):
    file = folder / "progress.json"
    lesson.check.neuron(..., ...)
    assert not file.exists(), "a blank is no attempt"
    lesson.check.neuron(7, 7)
    lesson.check.neuron(-0.75, 0)
    lesson.check.neuron(7, 7)
    lesson.check.pool_by_hand(0)
    monkeypatch.setattr(record, "_noted", {})  # the kernel starts again
    lesson.check.pool_by_hand(1)
    lesson.check.neuron(7, 7)  # what was right once stays right
    lesson.check.progress("03", save_as=folder / "ada.csv", name="Ada")
    said = capsys.readouterr().out
    assert "03-build-cnn: 1 of 6 right; attempted: pool_by_hand; left: convolve" in said
    rows = list(csv.reader((folder / "ada.csv").open(encoding="utf-8")))
    assert ["Ada", "03-build-cnn", "neuron", "right"] in rows and len(rows) == 7


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
