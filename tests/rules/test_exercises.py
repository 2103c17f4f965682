"""The exercises in the notebooks: complete, blank, solvable, one for each objective.

An exercise named `neuron` is three cells in a row: `exercise-neuron` asks,
`answer-neuron` takes the answer and calls `lesson.check.neuron`, `help-neuron` holds
hints and the solution. Their ids have hyphens where the check has underscores.
"""

import ast
import re

import keras
import lesson
import numpy as np
import pandas as pd
import pytest
from answers import GIVEN, MATRIX, PREDICTED, TRUE, fitted, winner
from lesson_files import ROOT, cell_source, code_cells, committed_output, read_notebooks
from list_exercises import objectives, page
from make_handouts import fill, solutions
from PIL import Image
from sklearn.metrics import confusion_matrix

BLANK = "Not attempted yet. "
# Their solutions are cells that run, and feed the rest of the notebook
RUNNABLE = ("train_dropout", "build_confusion_matrix")

EXERCISES = {
    cell["id"].removeprefix("answer-").replace("-", "_"): name
    for name in read_notebooks()
    for cell in code_cells(name)
    if cell["id"].startswith("answer-")
}
exercises = pytest.mark.parametrize(("exercise", "notebook"), EXERCISES.items())


def _cell(exercise, part):
    return f"{part}-{exercise.replace('_', '-')}"


def test_every_exercise_has_its_check_in_the_module_of_its_notebook():
    checks = {name: each.notebook for name, each in lesson.check.EXERCISES.items()}
    assert EXERCISES == checks, "an answer- cell and its check go together"


@exercises
def test_three_cells_in_a_row(exercise, notebook):
    cells = [cell["id"] for cell in read_notebooks()[notebook]["cells"]]
    place = cells.index(_cell(exercise, "answer"))
    wanted = [_cell(exercise, part) for part in ("exercise", "answer", "help")]
    assert cells[place - 1 : place + 2] == wanted
    question = cell_source(notebook, wanted[0])
    assert re.match(r"##+ Exercise: .+\n\n", question), "no heading '## Exercise: ...'"


@exercises
def test_cell_of_the_answer(exercise, notebook):
    """It calls the check at its end, runs while it is blank, and says that it is."""
    source = cell_source(notebook, _cell(exercise, "answer"))
    assert _call(source).startswith(f"lesson.check.{exercise}(")
    assert "..." in source or exercise == "fix_compile"
    said = committed_output(notebook, _cell(exercise, "answer"))
    last = (said.splitlines() or ["nothing: run the notebook"])[-1]
    assert BLANK in last, f"{notebook}, {_cell(exercise, 'answer')} says: {last}"


def _call(source):
    """Return the call of the check, which ends the cell of an answer."""
    return source[source.rindex("lesson.check.") :]


@exercises
def test_hints_open_one_at_a_time_and_the_solution_is_closed(exercise, notebook):
    text = cell_source(notebook, _cell(exercise, "help"))
    assert "<details open" not in text
    assert text.count("<details>") == text.count("</details>")
    names = re.findall(r"<summary>(.+?)</summary>", text)
    solution = [] if exercise in RUNNABLE else ["Solution"]
    hints = ["Hint", "Another hint", "One more hint"][: len(names) - len(solution)]
    assert hints and names == hints + solution
    # Each hint lies inside the one before; the solution lies beside them
    tags = "".join(re.findall(r"</?details>", text))
    nested = "<details>" * len(hints) + "</details>" * len(hints)
    assert tags == nested + "<details></details>" * len(solution)


def _names(exercise, call):
    """Return what the cell of an answer finds in its notebook, as examples."""
    (tree,) = ast.parse(call).body
    return {
        **{"lesson": lesson, "keras": keras, "np": np, "Image": Image},
        "class_names": lesson.data.CLASS_NAMES,
        "test_images": np.random.default_rng(0).integers(
            0, 256, (9, 32, 32, 3), "uint8"
        ),
        "predicted_classes": GIVEN["predict_names"]["probabilities"].argmax(axis=1),
        "model_capstone": winner(),
        "history_capstone_df": pd.DataFrame({"val_accuracy": [0.89]}),
        **{
            keyword.value.id: GIVEN[exercise][keyword.arg]
            for keyword in tree.value.keywords
        },
    }


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e not in RUNNABLE])
def test_solution_is_right(exercise):
    """The cell of the answer in the solution edition, see `make_handouts`."""
    notebook = EXERCISES[exercise]
    answer = cell_source(notebook, _cell(exercise, "answer"))
    solution = solutions(read_notebooks()[notebook])[_cell(exercise, "answer")]
    call = _call(answer)
    names = _names(exercise, call)
    exec(fill(answer, solution).removesuffix(call), names)
    said = eval(call, names)
    assert said, said


# Solutions that run: they step in where there is no right answer, and only there


def test_training_of_the_learner_is_kept():
    answer = fitted()
    names = {"lesson": lesson, "keras": keras, "model_dropout": answer.model}
    names["history_dropout"] = answer.history
    exec(cell_source("05-overfitting", "fit-dropout"), names)
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
    exec(cell_source("05-overfitting", "fit-dropout"), names)
    ((model, settings),) = trained
    assert model is names["model_dropout"] is not wrong.model
    assert int(model.optimizer.iterations) == 0
    assert (settings["epochs"], settings["batch_size"]) == (10, 32)
    assert names["history_dropout"] == "history"


def test_matrix_of_the_learner_is_kept():
    answers = {"right": pd.crosstab(TRUE, PREDICTED), "blank": ..., "wrong": MATRIX.T}
    for kind, answer in answers.items():
        names = {"lesson": lesson, "confusion_matrix": confusion_matrix}
        names |= {
            "true_classes": TRUE,
            "predicted_classes": PREDICTED,
            "matrix": answer,
        }
        exec(cell_source("06-evaluate-predict", "confusion-matrix"), names)
        assert (names["matrix"] is answer) == (kind == "right")
        assert (np.asarray(names["matrix"]) == MATRIX).all()


# Objectives


@pytest.mark.parametrize("name", sorted(set(EXERCISES.values())))
def test_each_objective_is_taught_and_then_practised(name):
    """The comments in the title cell name cells that are there, in this order."""
    notebook = read_notebooks()[name]
    cells = [cell["id"] for cell in notebook["cells"]]
    found = objectives(notebook)
    written = re.findall(r"(?m)^\d+\. ", notebook["cells"][0]["source"])
    assert len(found) == len(written), f"{name}: an objective ends in neither ; nor ."
    for number, words, ties in found:
        assert ties, f"{name}, objective {number} names no exercise: {words}"
        for taught, exercise in ties:
            assert {taught, f"exercise-{exercise}"} <= set(cells), (taught, exercise)
            assert cells.index(taught) < cells.index(f"exercise-{exercise}")
    practised = {exercise for _, _, ties in found for _, exercise in ties}
    here = {each.replace("_", "-") for each in EXERCISES if EXERCISES[each] == name}
    assert practised == here, f"{name}: exercises and the objectives of the title"


def test_page_of_the_exercises_is_that_of_the_notebooks():
    text = (ROOT / "EXERCISES.md").read_text(encoding="utf-8")
    assert text == page(read_notebooks()), "EXERCISES.md is old: run make format"
