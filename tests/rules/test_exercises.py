"""The exercises in the notebooks: complete, blank, solvable, one for each objective.

An exercise named `neuron` is three cells in a row: `exercise-neuron` asks,
`answer-neuron` takes the answer and calls `lesson.check.neuron`, `help-neuron` holds
hints and the solution. Their ids have hyphens where the check has underscores.
"""

import re

import keras
import lesson
import numpy as np
import pandas as pd
import pytest
from answers import CONTEXT, MATRIX, PREDICTED, TRUE, fitted
from lesson_files import ROOT, cell_source, code_cells, committed_output, read_notebooks
from PIL import Image
from sklearn.metrics import confusion_matrix

BLANK = "Not attempted yet. "
# Their solutions are cells that run, and feed the rest of the notebook
RUNNABLE = {
    "train_dropout": "fit-dropout",
    "build_confusion_matrix": "confusion-matrix",
}


def _found():
    """Return the exercises in the notebooks as (notebook, name of the check)."""
    return [
        (name, cell["id"].removeprefix("answer-").replace("-", "_"))
        for name in read_notebooks()
        for cell in code_cells(name)
        if cell["id"].startswith("answer-")
    ]


exercises = pytest.mark.parametrize(
    ("notebook", "exercise"), _found(), ids=[name for _, name in _found()]
)


def _cell(exercise, part):
    return f"{part}-{exercise.replace('_', '-')}"


def test_every_check_has_its_exercise():
    assert sorted(name for _, name in _found()) == lesson.check.__all__


def test_readme_counts_the_exercises():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{len(_found())} exercises" in readme


@exercises
def test_three_cells_in_a_row(notebook, exercise):
    cells = [cell["id"] for cell in read_notebooks()[notebook]["cells"]]
    place = cells.index(_cell(exercise, "answer"))
    assert cells[place - 1] == _cell(exercise, "exercise")
    assert cells[place + 1] == _cell(exercise, "help")
    question = cell_source(notebook, _cell(exercise, "exercise"))
    assert re.match(r"##+ Exercise: .+\n\n", question)


@exercises
def test_cell_of_the_answer(notebook, exercise):
    """It calls the check at its end, runs while it is blank, and says that it is."""
    source = cell_source(notebook, _cell(exercise, "answer"))
    assert _call(source).startswith(f"lesson.check.{exercise}(")
    assert "..." in source or exercise == "fix_compile"
    said = committed_output(notebook, _cell(exercise, "answer"))
    assert BLANK in said.splitlines()[-1]


def _call(source):
    """Return the call of the check, which ends the cell of an answer."""
    return source[source.rindex("lesson.check.") :]


@exercises
def test_hints_open_one_at_a_time_and_the_solution_is_closed(notebook, exercise):
    text = cell_source(notebook, _cell(exercise, "help"))
    assert "<details open" not in text
    assert text.count("<details>") == text.count("</details>")
    names = re.findall(r"<summary>(.+?)</summary>", text)
    hints = ["Hint", "Another hint", "One more hint"]
    solution = [] if exercise in RUNNABLE else ["Solution"]
    assert names == hints[: len(names) - len(solution)] + solution
    assert len(names) > len(solution)
    # Each hint lies inside the one before; the solution lies beside them
    depth, depths = 0, []
    for tag in re.findall(r"</?details>", text):
        depth += 1 if tag == "<details>" else -1
        if tag == "<details>":
            depths.append(depth)
    assert depths == [*range(1, len(names) - len(solution) + 1), *[1] * len(solution)]


def _names():
    """Return what cells of answers find in their notebooks."""
    return {
        **{"lesson": lesson, "keras": keras, "np": np, "Image": Image},
        "class_names": lesson.data.CLASS_NAMES,
        "history_intro_df": CONTEXT["best_epoch"]["history_df"],
        "model_capstone": lesson.models.build_intro(),
        "history_capstone_df": pd.DataFrame({"val_accuracy": [0.89]}),
        "predicted_classes": CONTEXT["predict_names"]["probabilities"].argmax(axis=1),
        **{name: value for each in CONTEXT.values() for name, value in each.items()}
    }  # fmt: skip


@exercises
def test_solution_is_right(notebook, exercise):
    if exercise in RUNNABLE:
        pytest.skip("it runs in the notebook, and is tested below")
    text = cell_source(notebook, _cell(exercise, "help"))
    (solution,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = _names()
    if exercise == "predict_names":
        names["predicted_classes"] = names["probabilities"].argmax(axis=1)
    exec(solution, names)
    said = eval(_call(cell_source(notebook, _cell(exercise, "answer"))), names)
    assert said, said


# Solutions that run: they step in where there is no right answer, and only there


def test_training_of_the_learner_is_kept():
    answer = fitted()
    names = {"lesson": lesson, "keras": keras}
    names |= {"history_dropout": answer.history, "model_dropout": answer.model}
    exec(cell_source("04-fit-cnn", "fit-dropout"), names)
    assert names["history_dropout"] is answer.history
    assert names["model_dropout"] is answer.model


@pytest.mark.parametrize("answer", ["blank", "wrong"])
def test_model_is_trained_where_there_is_no_right_answer(answer, monkeypatch):
    """From untrained weights, also after a training that went wrong."""
    wrong = fitted(optimizer="sgd")
    trained = []

    def fit(model, *args, **kwargs):
        trained.append((model, kwargs))
        return "history"

    monkeypatch.setattr(keras.Model, "fit", fit)
    names = {name: None for name in ("train_images", "train_labels")}
    names |= {"val_images": None, "val_labels": None, "lesson": lesson, "keras": keras}
    names["model_dropout"] = wrong.model
    names["history_dropout"] = ... if answer == "blank" else wrong.history
    exec(cell_source("04-fit-cnn", "fit-dropout"), names)
    ((model, settings),) = trained
    assert model is names["model_dropout"] is not wrong.model
    assert int(model.optimizer.iterations) == 0
    assert (settings["epochs"], settings["batch_size"]) == (10, 32)
    assert names["history_dropout"] == "history"


def test_matrix_of_the_learner_is_kept():
    answers = {
        "right": pd.crosstab(TRUE, PREDICTED),
        "blank": ...,
        "wrong": MATRIX.T,
    }
    for kind, answer in answers.items():
        names = {"lesson": lesson, "confusion_matrix": confusion_matrix}
        names |= {"true_classes": TRUE, "predicted_classes": PREDICTED}
        names["matrix"] = answer
        exec(cell_source("05-evaluate-predict", "confusion-matrix"), names)
        assert (names["matrix"] is answer) == (kind == "right")
        assert (np.asarray(names["matrix"]) == MATRIX).all()


# The table of objectives


def _objectives(notebook):
    """Return the objectives at the top of a notebook, by their numbers."""
    title = cell_source(notebook, "title")
    return dict(re.findall(r"(?m)^(\d+)\. (.+?)[;.]$", title))


def _rows():
    """Yield the rows of EXERCISES.md as (notebook, cells of the row)."""
    text = (ROOT / "EXERCISES.md").read_text(encoding="utf-8")
    for section in text.split("\n## ")[1:]:
        notebook = re.search(r"\(notebooks/(.+)\.ipynb\)", section)[1]
        for line in section.splitlines():
            if re.match(r"\| \d+ \|", line):
                yield notebook, [part.strip() for part in line.strip("|").split("|")]


def test_table_of_objectives_is_complete():
    listed = [(notebook, row[0]) for notebook, row in _rows()]
    wanted = [
        (name, number)
        for name in read_notebooks()
        if code_cells(name)
        for number in _objectives(name)
    ]
    assert list(dict.fromkeys(listed)) == wanted
    assert sorted(row[4].strip("`") for _, row in _rows()) == lesson.check.__all__


@pytest.mark.parametrize(
    ("notebook", "row"), list(_rows()), ids=[row[4].strip("`") for _, row in _rows()]
)
def test_row_of_an_objective(notebook, row):
    number, objective, taught, title, check = row
    assert objective == _objectives(notebook)[number]
    check = check.strip("`")
    assert (notebook, check) in _found()
    question = cell_source(notebook, _cell(check, "exercise"))
    assert re.match(r"##+ Exercise: (.+)", question)[1] == title
    # It is taught before it is asked
    cells = [cell["id"] for cell in read_notebooks()[notebook]["cells"]]
    assert cells.index(taught.strip("`")) < cells.index(_cell(check, "exercise"))
