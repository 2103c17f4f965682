"""`make handouts`: each edition is that of the notebooks, and runs where it lies."""

import re
import shutil
import zipfile
from pathlib import Path

import lesson
import make_handouts
import nbformat
import pytest
from format import notebooks
from lesson_files import read_notebooks, run_python
from make_handouts import fill, solutions
from run import run_cells


@pytest.fixture(scope="module")
def unzipped(tmp_path_factory):
    """The folder that the zip unpacks into, made twice to see that it is the same."""
    folders = [tmp_path_factory.mktemp("made") / make_handouts.NAME for _ in range(2)]
    for folder in folders:
        make_handouts.build(folder)
    one, other = map(make_handouts.pack, folders)
    assert one.read_bytes() == other.read_bytes()
    zipfile.ZipFile(one).extractall(home := tmp_path_factory.mktemp("home"))
    return home / make_handouts.NAME


def _pairs(unzipped, edition):
    """Return the code cells of an edition, each with its original."""
    pairs = []
    for path in notebooks():
        notebook, original = (
            nbformat.read(folder / path.name, as_version=nbformat.NO_CONVERT)
            for folder in (unzipped / edition, path.parent)
        )
        nbformat.validate(notebook)
        pairs += zip(notebook.cells, original.cells, strict=True)
    for cell, original in pairs:
        if edition != "live-coding":
            original.metadata.pop("instructor", None)  # notes for those who teach
        assert (cell.id, cell.cell_type) == (original.id, original.cell_type)
        assert cell.cell_type == "code" or cell == original
    return [pair for pair in pairs if pair[0].cell_type == "code"]


def test_folder_in_which_somebody_works_is_not_lost(tmp_path):
    (folder := tmp_path / "cnn-lesson").mkdir()
    (folder / "01.ipynb").write_text("as made")
    make_handouts.pack(folder)
    make_handouts.set_aside(folder)
    assert {x.name for x in tmp_path.iterdir()} == {"cnn-lesson", "cnn-lesson.zip"}
    (folder / "01.ipynb").write_text("typed in class")
    make_handouts.set_aside(folder)
    (kept,) = tmp_path.glob("cnn-lesson-*/01.ipynb")
    assert kept.read_text() == "typed in class" and not folder.exists()


def test_learner_edition_has_no_outputs_and_blank_exercises(unzipped):
    for cell, original in _pairs(unzipped, "notebooks"):
        assert cell.outputs == [] and cell.execution_count is None
        assert cell.source == original.source  # blank, see tests/rules/test_exercises


def test_solutions_fill_the_blanks_of_the_learner_edition(unzipped):
    books = read_notebooks().values()
    known = dict(item for book in books for item in solutions(book).items())
    for cell, original in _pairs(unzipped, "solution"):
        if not cell.id.startswith("answer-"):
            assert cell == original
            continue
        assert cell.source == fill(original.source, known.pop(cell.id))
        assert "..." not in cell.source and cell.outputs == []
        assert cell.source.splitlines()[-1] == original.source.splitlines()[-1]
    assert not known, "solutions of no exercise"


def test_code_that_is_typed_in_class_is_taken_out_whole(unzipped):
    pairs = _pairs(unzipped, "live-coding")
    typed = [each for each in pairs if each[0].source != each[1].source]
    assert len(typed) > 100 and not any(cell.outputs for cell, _ in pairs)
    for cell, original in typed:
        assert cell.source.startswith("# Type here:\n# ")
        assert all(line.startswith("# ") for line in cell.source.splitlines())
        assert not re.search(r"^import lesson|plot\.show", original.source)
        assert "answer-" not in cell.id


def test_outlines_are_not_taken_for_code_that_runs(unzipped, monkeypatch):
    monkeypatch.setattr("lesson.results.ORIGINALS", unzipped / "live-coding")
    with pytest.raises(ValueError, match="outlines .+ no code"):
        lesson.catch_up("05", "A second network")


def test_outline_says_names_and_calls_and_keeps_the_values():
    body = '"""Say."""\n    a = g(n, 3)[1:]\n    x.y(k=5)\nb = {4}\nz()'
    outline = "#     a = g(...)[...]\n#     x.y(...)\n# b = ...\n# z()"
    typed = make_handouts.to_type(f"def f(n=2):\n    {body}")
    assert typed == f"# Type here:\n# def f(n=2):\n{outline}"


def test_edition_by_itself_lies_where_the_commands_look(unzipped, tmp_path):
    """It is what remains of the whole when the other editions are taken away."""

    def files(folder):
        found = [path for path in folder.rglob("*") if path.is_file()]
        return {path.relative_to(folder): path.read_bytes() for path in found}

    make_handouts.build(alone := tmp_path / "alone", {"solution": "notebooks"})
    others = shutil.ignore_patterns("notebooks", "live-coding")
    shutil.copytree(unzipped, rest := tmp_path / "rest", ignore=others)
    (rest / "solution").rename(rest / "notebooks")
    assert files(alone) == files(rest)


def test_lab_starts_from_the_zip(unzipped, tmp_path):
    shutil.copytree(unzipped, tmp_path, dirs_exist_ok=True)
    assert run_python(tmp_path / "tools" / "lab.py", "--version", check=True).stdout
    copies = {path.name for path in (tmp_path / "my_notebooks").glob("*.ipynb")}
    assert copies == {f"{name}.ipynb" for name in read_notebooks()}


def test_links_lead_to_what_is_in_the_zip(unzipped):
    for path in (*unzipped.glob("*/*.ipynb"), *unzipped.rglob("*.md")):
        links = r'(?:\]\(|src=\\")([\w./-]+)(?:#[^)]*)?[)\\]'
        for link in re.findall(links, path.read_text("utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_solution_edition_runs_where_it_is_unzipped(unzipped, tmp_path):
    """Notebook 03, which trains nothing; its answers are told that they are right."""
    folder = unzipped / "solution"
    notebook = nbformat.read(folder / "03-build-cnn.ipynb", as_version=4)
    code = "print(lesson.__file__)\nlesson.catch_up(6)\nlesson.check.progress(3)"
    code += "\nprint(get_ipython().custom_exceptions)"
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    run_cells(notebook, folder, tmp_path / "figures.txt")
    for cell in [cell for cell in notebook.cells if cell.id.startswith("answer-")]:
        assert cell.outputs[-1].data["text/plain"].startswith("Right."), cell.id
    said = notebook.cells[-1].outputs[0].text
    assert said.startswith(str(Path(folder, "lesson", "__init__.py")))
    assert "model_intro.keras" in said and "6 of 6 right\n" in said
    assert "(<class 'Exception'>,)" in said, "no advice where a cell fails"
