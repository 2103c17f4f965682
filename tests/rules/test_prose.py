"""What the prose says that can be worked out: sums, links, code to paste."""

import re
import shutil
from pathlib import Path

import keras
import pandas as pd
import pytest
from lesson_files import MODELS, REFERENCE, cell_source, code_cells, read_notebooks

# Products and sums, perhaps with a word behind each number: "3 colours × 16 = 48"
NUMBER = r"\d+(?:[,.]\d+)*"
TERM = rf"{NUMBER}(?: [a-z ]+)?"
SUM = re.compile(rf"{TERM}(?: [×+−] {TERM})+ = {NUMBER}")
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def _prose():
    """Yield (notebook, cell id, source) of every Markdown cell."""
    for name, notebook in read_notebooks().items():
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                yield name, cell["id"], cell["source"]


def _wrong_sums(text):
    """Return the sums in a text that do not come out."""
    wrong = []
    for found in SUM.findall(text):
        left, right = found.rsplit(" = ", 1)
        left = re.sub(r"[a-z, ]", "", left).replace("×", "*").replace("−", "-")
        if eval(left) != float(right.replace(",", "")):
            wrong.append(found)
    return wrong


def test_sums_come_out():
    assert [(n, c, w) for n, c, text in _prose() if (w := _wrong_sums(text))] == []


def test_sums_are_found():
    assert _wrong_sums("3 × 3 × 3 colours × 16 filters = 432 and 2 × 2 = 5") == [
        "2 × 2 = 5"
    ]
    counted = cell_source("04-fit-cnn", "parameters")
    assert len(SUM.findall(counted)) >= 4


def test_glossary_is_complete():
    """Every link meets a heading of the glossary, and every term is linked."""
    terms = {
        heading.replace(" ", "-")
        for name, _, text in _prose()
        if name == "glossary"
        for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)
    }
    linked = set()
    for name, _, text in _prose():
        if name == "glossary":
            assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= terms
        else:
            linked.update(re.findall(r"glossary\.ipynb#([\w-]+)", text))
    assert linked == terms


def test_short_of_time_leads_to_the_end(tmp_path, monkeypatch):
    """What the boxes load is all that the rest of notebook 04, and then 05, need."""
    monkeypatch.chdir(_copy_of_reference(tmp_path))
    names = {"keras": keras, "pd": pd, "fit_outputs": Path("../fit_outputs")}
    for name in MODELS:
        (code,) = CODE.findall(cell_source("04-fit-cnn", f"short-of-time-{name}"))
        exec(code, names)
        assert names[f"model_{name}"].name == f"cifar_model_{name}"
        history = names[f"history_{name}_df"]
        assert list(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
        assert list(history.index) == list(range(1, 11))
    exec(cell_source("04-fit-cnn", "save-models"), names)

    names = {"keras": keras, "pd": pd, "Path": Path}
    for cell in ("find-results", "choose-model", "load-model"):
        exec(cell_source("05-evaluate-predict", cell), names)
    assert names["fit_outputs"] == Path("../fit_outputs")
    assert names["model"].name == "cifar_model_dropout"


@pytest.mark.parametrize(
    "lab", ["06-learning-rate-and-batch-size", "07-regularisation"]
)
def test_short_of_time_brings_all_series_of_a_lab(lab, tmp_path, monkeypatch):
    """What the box copies is what `run_all` looks for, in each of its calls."""
    monkeypatch.chdir(_copy_of_reference(tmp_path))
    (code,) = CODE.findall(cell_source(lab, "short-of-time"))
    exec(code, {"fit_outputs": Path("../fit_outputs")})
    wanted = {
        name
        for cell in code_cells(lab)
        for name in re.findall(r'run_all\(\s*"(\w+)"', cell["source"])
    }
    assert len(wanted) >= 3
    assert {path.stem for path in tmp_path.glob("fit_outputs/*.csv")} == wanted


FOR_NOTEBOOK_5 = re.compile(r"(model|history)_(intro|dropout)")


def test_notebook_5_takes_the_reference_if_a_file_is_missing(tmp_path, monkeypatch):
    """One of the four is not enough, and neither are three."""
    monkeypatch.chdir(_copy_of_reference(tmp_path))
    names = {"Path": Path}
    files = [*tmp_path.glob("fit_outputs/reference/*_*.*")]
    for shipped in [path for path in files if FOR_NOTEBOOK_5.fullmatch(path.stem)]:
        exec(cell_source("05-evaluate-predict", "find-results"), names)
        assert names["fit_outputs"] == Path("../fit_outputs/reference")
        shutil.copy(shipped, tmp_path / "fit_outputs")


def _copy_of_reference(folder):
    """Copy the shipped results into `folder`; return its folder for notebooks."""
    shutil.copytree(REFERENCE, folder / "fit_outputs" / "reference")
    (folder / "notebooks").mkdir()
    return folder / "notebooks"


def test_lines_of_regularisation_run():
    blocks = CODE.findall(cell_source("04-fit-cnn", "regularisation"))
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) == 7
    for line in lines:
        assert isinstance(eval(line), keras.layers.Layer | keras.callbacks.Callback)


def test_solutions_are_folded():
    """Nobody reads the answer before the question: but Run All runs it."""
    folded = [
        cell["id"]
        for notebook in read_notebooks().values()
        for cell in notebook["cells"]
        if cell["source"].startswith("### Solution")
        and cell["metadata"].get("jp-MarkdownHeadingCollapsed") is True
    ]
    assert folded == [
        "solution-compile",
        "solution-plot",
        "solution-confusion-matrix",
    ]
