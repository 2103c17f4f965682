"""`make lab`: what happens to the copies that learners work on."""

import json
import os
import re

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
    return json.loads((lab.COPIES / f"{name}.ipynb").read_text("utf-8"))


def code_in(name):
    return "".join(copy_of(name)["cells"][1]["source"])


def work(name, seconds=0, **changes):
    """Change the first code cell of a copy, as a learner does, and save."""
    path, notebook = lab.COPIES / f"{name}.ipynb", copy_of(name)
    notebook["cells"][1] |= changes
    path.write_text(json.dumps(notebook), "utf-8")
    os.utime(path, (seconds, seconds))
    return notebook


def test_copies_have_neither_outputs_nor_notes_for_instructors(start):
    start(**{name.replace("-", "_"): book for name, book in read_notebooks().items()})
    for name, original in read_notebooks().items():
        for cell, ours in zip(copy_of(name)["cells"], original.cells, strict=True):
            assert (cell["id"], cell["source"]) == (ours.id, ours.source)
            assert not cell.get("outputs") and not cell.get("execution_count")
            assert "instructor" not in cell["metadata"]
    assert (lab.COPIES / "glossary.md").exists()


def test_untouched_copy_follows_an_update(start, capsys):
    start(n_01=book())
    start(n_01=book("x = 2"))
    assert code_in("n-01") == "x = 2"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("change", [{"source": "x = 'mine'"}, {"execution_count": 1}])
def test_work_stays_and_is_told_of_the_update_once_there_is_one(start, capsys, change):
    start(n_01=book())
    mine = work("n-01", **change)
    start(n_01=book())
    assert capsys.readouterr().out == ""
    start(n_01=book("x = 2"))
    assert copy_of("n-01") == mine
    said = capsys.readouterr().out
    assert re.match(r"There is a new version of n-01\. .+ fresh (NB=)?n-01\n", said)


@pytest.mark.parametrize(
    ("asked", "name"), [("lab-1", "lab-1-a"), ("3", "03-a"), ("03-a", "03-a")]
)
def test_fresh_copy_lies_beside_the_old_one_under_a_name_for_every_system(
    start, asked, name
):
    names = ["03-a", "30-b", "lab-1-a", "lab-10-b"]
    start(**dict.fromkeys(names, book()))
    work(name, source="x = 'mine'")
    start("--fresh", asked)
    assert code_in(name) == "x = 1"
    (kept,) = {path.stem for path in lab.COPIES.glob("*.ipynb")} - {*names}
    assert code_in(kept) == "x = 'mine'"
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
    broken = lab.COPIES / "n-02.ipynb"
    broken.write_text(text, "utf-8", errors="surrogateescape")
    assert start()[3] == str(lab.COPIES / "n-01.ipynb")
    said = capsys.readouterr().out
    assert re.match(r"n-02: your copy is broken, .+ fresh (NB=)?n-02\n", said)
    start("--fresh", "n-02")
    assert code_in("n-02") == "x = 1"


def test_original_with_a_conflict_is_named(start):
    start(n_01=book())
    (lab.ORIGINALS / "n-01.ipynb").write_text("<<<<<<< HEAD\n{", "utf-8")
    with pytest.raises(AssertionError, match="n-01.ipynb is no notebook"):
        start()


def test_last_one_used_is_opened_and_other_options_go_on_to_jupyterlab(start):
    command = start("--no-browser", n_01=book(), n_02=book(), n_03=book())
    assert command[3:5] == [str(lab.COPIES / "n-01.ipynb"), "--no-browser"]
    work("n-02", source="x = 2", seconds=2_000_000_000)
    work("n-03", source="x = 3", seconds=1_900_000_000)
    assert start()[3] == str(lab.COPIES / "n-02.ipynb")
