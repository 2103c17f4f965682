"""`make format`: what an editor left goes, what the author wrote and ran stays."""

import json
import re

import format as tool
import nbformat
import pytest
from lesson_files import NOTEBOOKS


@pytest.fixture
def notebook(tmp_path):
    """A canonical notebook of the lesson, as a file of its own."""
    path = tmp_path / "03-build-cnn.ipynb"
    path.write_bytes((NOTEBOOKS / path.name).read_bytes())
    return path


def test_marks_of_an_editor_go(notebook):
    wanted = notebook.read_text("utf-8")
    saved = nbformat.reads(wanted, as_version=4)
    saved.metadata.kernelspec.display_name = "my environment"
    saved.cells[0].metadata = {"vscode": {"languageId": "python"}}
    ran = [cell for cell in saved.cells if cell.cell_type == "code"]
    for count, cell in enumerate(ran, start=7):
        tool.set_count(cell, count)
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}
    ran[-1].outputs.append(nbformat.v4.new_output("display_data", view))
    (answer,) = (cell for cell in ran if cell.id == "answer-neuron")
    answer.outputs[0].data |= view  # beside HTML, which stays
    notebook.write_text(json.dumps(saved), "utf-8")
    (said,) = tool.format_notebook(notebook)
    for part in ("views of widgets", "from 1 on", "metadata from 1 cells"):
        assert part in said
    assert notebook.read_bytes() == wanted.encode()
    assert tool.format_notebook(notebook) == []


def test_links_to_terms_get_the_words_of_the_glossary(notebook):
    wanted = notebook.read_text("utf-8")
    for old in ("", r" \"Old words.\""):
        changed = re.sub(
            r' \\"A number that a neuron[^)]*', lambda _, old=old: old, wanted
        )
        notebook.write_text(changed, "utf-8")
        tool.format_notebook(notebook)
        assert notebook.read_text("utf-8") == wanted != changed


def test_new_cells_get_readable_ids(notebook):
    saved = json.loads(notebook.read_text("utf-8"))
    cell = nbformat.v4.new_markdown_cell("## Why *does* it work?", id="0a1b2c3d")
    saved["cells"] += [cell, {**cell, "id": "9f8e7d6c-1"}]
    notebook.write_text(json.dumps(saved), "utf-8")
    (said,) = tool.format_notebook(notebook)
    assert "named a cell `why-does-it-work`" in said
    ids = [cell["id"] for cell in json.loads(notebook.read_text("utf-8"))["cells"]]
    assert ids[-2:] == ["why-does-it-work", "why-does-it-work-2"]


def test_file_with_a_conflict_is_named_and_stays(notebook):
    conflict = "<<<<<<< HEAD\n" + notebook.read_text("utf-8")
    notebook.write_text(conflict, "utf-8")
    with pytest.raises(SystemExit, match="03-build-cnn.ipynb is no notebook"):
        tool.format_notebook(notebook)
    assert notebook.read_text("utf-8") == conflict
