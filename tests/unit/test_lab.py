"""`make lab`: what happens to the copies that learners work on."""

import json
import os

import lab
import pytest
from lesson_files import read_notebooks

NOTE = {"instructor": {"say": "Look at the curves."}}


def book(text="x = 1"):
    """Return a notebook of ours, which has run: a page with a note, and some code."""
    output = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
    code = {"cell_type": "code", "id": "b", "metadata": {}, "source": [text]}
    page = {"cell_type": "markdown", "id": "a", "metadata": NOTE, "source": "# One"}
    cells = [page, {**code, "outputs": [output], "execution_count": 1}]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Write originals by name, and start; return what JupyterLab was told to open."""
    monkeypatch.setattr(lab, "ORIGINALS", tmp_path / "notebooks")
    monkeypatch.setattr(lab, "COPIES", tmp_path / "my_notebooks")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    lab.ORIGINALS.mkdir()
    (lab.ORIGINALS / "glossary.md").touch()
    told = []

    monkeypatch.setattr(lab, "run", told.append)

    def start(*options, **originals):
        for name, notebook in originals.items():
            path = lab.ORIGINALS / f"{name.replace('_', '-')}.ipynb"
            path.write_text(json.dumps(notebook), "utf-8")
        monkeypatch.setattr("sys.argv", ["lab.py", *options])
        with pytest.raises(SystemExit) as left:
            lab.main()
        assert not left.value.code, left.value.code
        return told[-1]

    return start


def copy_of(name):
    return lab.COPIES / f"{name}.ipynb"


def work(name, text, seconds=0):
    """Write into the first code cell of a copy, as a learner does, and save."""
    path = copy_of(name)
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][1]["source"] = text
    path.write_text(json.dumps(notebook), "utf-8")
    os.utime(path, (seconds, seconds))


def code_in(path):
    return "".join(json.loads(path.read_text("utf-8"))["cells"][1]["source"])


def test_copies_have_neither_outputs_nor_notes_for_instructors(start):
    start(**{name.replace("-", "_"): book for name, book in read_notebooks().items()})
    for name, original in read_notebooks().items():
        notebook = json.loads(copy_of(name).read_text("utf-8"))
        for cell, ours in zip(notebook["cells"], original.cells, strict=True):
            assert (cell["id"], cell["source"]) == (ours.id, ours.source)
            assert not cell.get("outputs") and not cell.get("execution_count")
            assert "instructor" not in cell["metadata"]
    assert (lab.COPIES / "glossary.md").exists()


def test_untouched_copy_follows_an_update(start, capsys):
    start(n_01=book())
    start(n_01=book("x = 2"))
    assert code_in(copy_of("n-01")) == "x = 2"
    assert capsys.readouterr().out == ""


def test_work_stays_and_is_told_of_the_update_once_there_is_one(start, capsys):
    start(n_01=book())
    work("n-01", "x = 'mine'")
    start(n_01=book())
    assert capsys.readouterr().out == ""
    start(n_01=book("x = 2"))
    assert code_in(copy_of("n-01")) == "x = 'mine'"
    assert "make fresh NB=n-01" in capsys.readouterr().out


def test_results_stay_where_a_copy_has_only_been_run(start, capsys):
    start(n_01=book())
    ran = json.loads(copy_of("n-01").read_text("utf-8"))
    ran["cells"][1]["execution_count"] = 1
    copy_of("n-01").write_text(json.dumps(ran), "utf-8")
    start(n_01=book("x = 2"))
    assert json.loads(copy_of("n-01").read_text("utf-8")) == ran
    assert "There is a new version of n-01" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "name"), [("lab-1", "lab-1-a"), ("3", "03-a"), ("03-a", "03-a")]
)
def test_fresh_copy_lies_beside_the_old_one_under_a_name_for_every_system(
    start, asked, name
):
    names = ["03-a", "30-b", "lab-1-a", "lab-10-b"]
    start(**dict.fromkeys(names, book()))
    work(name, "x = 'mine'")
    start("--fresh", asked)
    assert code_in(copy_of(name)) == "x = 1"
    (kept,) = {path.stem for path in lab.COPIES.glob("*.ipynb")} - {*names}
    assert code_in(copy_of(kept)) == "x = 'mine'"
    assert not set('<>:"/\\|?*') & set(kept)


@pytest.mark.parametrize("name", ["lab", "7", "0", ""])
def test_name_of_no_or_of_several_notebooks_moves_nothing(start, name):
    start(lab_1_a=book(), lab_2_b=book(), n_01=book())
    with pytest.raises(AssertionError, match="There are: lab-1-a, lab-2-b, n-01"):
        start("--fresh", name)
    assert len([*lab.COPIES.glob("*.ipynb")]) == 3


@pytest.mark.parametrize("text", ["", '{"cells": [', "\udcff", "[]", "{}"])
def test_broken_copy_is_told_of_and_the_others_open(start, capsys, text):
    start(n_01=book(), n_02=book())
    copy_of("n-02").write_text(text, "utf-8", errors="surrogateescape")
    assert start()[3] == str(copy_of("n-01"))
    said = capsys.readouterr().out
    assert said.startswith("n-02: your copy is broken") and "make fresh NB=n-02" in said
    start("--fresh", "n-02")
    assert code_in(copy_of("n-02")) == "x = 1"


def test_original_with_a_conflict_is_named(start):
    start(n_01=book())
    (lab.ORIGINALS / "n-01.ipynb").write_text("<<<<<<< HEAD\n{", "utf-8")
    with pytest.raises(AssertionError, match="n-01.ipynb is no notebook"):
        start()


def test_last_one_used_is_opened_and_other_options_go_on_to_jupyterlab(start):
    command = start("--no-browser", n_01=book(), n_02=book(), n_03=book())
    assert command[3:5] == [str(copy_of("n-01")), "--no-browser"]
    work("n-02", "x = 2", seconds=2_000_000_000)
    work("n-03", "x = 3", seconds=1_900_000_000)
    assert start()[3] == str(copy_of("n-02"))
