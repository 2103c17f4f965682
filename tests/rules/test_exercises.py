"""The exercises in the notebooks: complete, blank, solvable, one for each objective.

An exercise named `neuron` is three cells in a row: `exercise-neuron` asks,
`answer-neuron` takes the answer and calls `lesson.check.neuron`, `help-neuron` holds
hints and the solution. Their ids have hyphens where the check has underscores.

Question and check stay together. The facts of a question are its numbers, options,
tables, code and classes, those of its hints and its solution, and the cell for the
answer: their fingerprint stands with the check, as `asks`. Whoever changes a fact is
asked to look at the answer, too. Other words can be changed freely.
"""

import ast
import hashlib
import re
from unittest import mock

import keras
import lesson
import numpy as np
import pandas as pd
import pytest
from answers import GIVEN, MATRIX, PREDICTED, TRUE, fitted, winner
from format import objectives
from lesson_files import CODE, all_cells, cell_source, committed_output, read_notebooks
from make_handouts import fill, solutions
from PIL import Image
from sklearn.metrics import confusion_matrix

# Their solutions are cells that run, and feed the rest of the notebook
RUNNABLE = ("train_dropout", "build_confusion_matrix")

FACTS = re.compile(
    r"(?m)^- \w: .*$"  # an option
    r"|^\|.*\|$"  # a row of a table
    r"|```[\s\S]*?```|`[^`]+`"  # code
    r"|(?<![\w.])\d+(?:[.,/]\d+)*"  # a number
    rf"|\b(?:{'|'.join(lesson.data.CLASS_NAMES)})\b"
)

EXERCISES = {
    cell["id"].removeprefix("answer-").replace("-", "_"): name
    for name, cell in all_cells()
    if cell["id"].startswith("answer-")
}
exercises = pytest.mark.parametrize("exercise", EXERCISES)


def _cell(exercise, part):
    return f"{part}-{exercise.replace('_', '-')}"


def _source(exercise, part):
    return cell_source(EXERCISES[exercise], _cell(exercise, part))


def test_every_exercise_has_its_check_in_the_module_of_its_notebook():
    checks = {name: each.notebook for name, each in lesson.check.EXERCISES.items()}
    assert EXERCISES == checks, "an answer- cell and its check go together"


@exercises
def test_three_cells_in_a_row(exercise):
    """The second calls the check at its end, and says that it is not attempted yet."""
    cells = [cell["id"] for cell in read_notebooks()[EXERCISES[exercise]]["cells"]]
    place = cells.index(_cell(exercise, "answer"))
    wanted = [_cell(exercise, part) for part in ("exercise", "answer", "help")]
    assert cells[place - 1 : place + 2] == wanted
    question = _source(exercise, "exercise")
    assert re.match(r"##+ Exercise: .+\n\n", question), "no heading '## Exercise: ...'"
    source = _source(exercise, "answer")
    assert _call(source).startswith(f"lesson.check.{exercise}(")
    assert "..." in source or exercise == "fix_compile"
    said = committed_output(EXERCISES[exercise], _cell(exercise, "answer"))
    assert "Not attempted yet. " in said, f"{exercise}: run the notebook: {said}"


@exercises
def test_check_knows_its_question(exercise):
    facts = FACTS.findall(_source(exercise, "exercise") + _source(exercise, "help"))
    facts = " ".join([*facts, _source(exercise, "answer")])
    asks = hashlib.sha256(" ".join(facts.split()).encode()).hexdigest()[:6]
    assert lesson.check.EXERCISES[exercise].asks == asks, (
        f"the question of {exercise} has other numbers, options, tables or code than "
        f'its check was made for: is its answer still right? Then: asks="{asks}"'
    )


def _call(source):
    """Return the call of the check, which ends the cell of an answer."""
    return source[source.rindex("lesson.check.") :]


@exercises
def test_hints_open_one_at_a_time_and_the_solution_is_closed(exercise):
    text = _source(exercise, "help")
    names = re.findall(r"<summary>(.+?)</summary>", text)
    solution = ["Solution"] * (exercise not in RUNNABLE)
    hints = ["Hint", "Another hint", "One more hint"][: len(names) - len(solution)]
    assert hints and names == hints + solution
    # Each hint lies inside the one before; the solution lies beside them
    nested = "<details>" * len(hints) + "</details>" * len(hints)
    nested += "<details></details>" * len(solution)
    assert "".join(re.findall(r"</?details.*?>", text)) == nested


@exercises
def test_hints_do_not_hold_the_solution(exercise):
    """Neither its letter or word in quotes, nor its formula, nor its number."""
    text, question = _source(exercise, "help"), _source(exercise, "exercise")
    nodes = ast.walk(ast.parse("\n".join(CODE.findall(text))))
    for node in [each for each in nodes if isinstance(each, ast.Assign)]:
        if ast.unparse(node.targets[0]) in lesson.check.EXERCISES[exercise].names:
            right = ast.unparse(node.value)
            sought = f'"{right[1:-1]}"' if right[0] in "'\"" else right
            known = sought in question or len(sought) < 3
            held = sought in text.partition("<summary>Solution")[0]
            assert known or not held, f"a hint of {exercise} holds {sought}"


def _names(exercise, call):
    """Return what the cell of an answer finds in its notebook, as examples."""
    keywords = ast.parse(call).body[0].value.keywords
    return {
        **{"lesson": lesson, "keras": keras, "np": np, "Image": Image},
        "class_names": lesson.data.CLASS_NAMES,
        "test_images": np.random.default_rng(0).integers(
            0, 256, (9, 32, 32, 3), "uint8"
        ),
        "predicted_classes": GIVEN["predict_names"]["probabilities"].argmax(axis=1),
        "model_capstone": winner(),
        "history_capstone_df": pd.DataFrame({"val_accuracy": [0.89]}),
    } | {each.value.id: GIVEN[exercise][each.arg] for each in keywords}


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e not in RUNNABLE])
def test_solution_is_right(exercise):
    """The cell of the answer in the solution edition, see `make_handouts`."""
    answer = _source(exercise, "answer")
    filled = solutions(read_notebooks()[EXERCISES[exercise]])
    solution, call = filled[_cell(exercise, "answer")], _call(answer)
    names = _names(exercise, call)
    exec(fill(answer, solution).removesuffix(call), names)
    said = eval(call, names)
    assert said, said


@pytest.mark.parametrize("kind", ["right", "blank", "wrong"])
def test_model_is_trained_where_there_is_no_right_answer(kind):
    """And only there: from untrained weights, also after a training that went wrong."""
    history, model = fitted(optimizer="sgd" if kind == "wrong" else "adam")
    model.history = history = ... if kind == "blank" else history
    names = dict.fromkeys(("train_images", "train_labels", "val_images", "val_labels"))
    names |= {"lesson": lesson, "keras": keras, "model_dropout": model}
    with mock.patch.object(keras.Model, "fit", autospec=True) as fit:
        exec(cell_source("05-overfitting", "fit-dropout"), names)
    if kind == "right":
        assert (names["model_dropout"], names["history_dropout"]) == (model, history)
        fit.assert_not_called()
        return
    (trained, *_), settings = fit.call_args
    assert names["model_dropout"] is trained is not model
    assert int(trained.optimizer.iterations) == 0
    assert (settings["epochs"], settings["batch_size"]) == (10, 32)
    assert names["history_dropout"] is fit.return_value
    fit.assert_called_once()


def test_matrix_of_the_learner_is_kept():
    right = pd.crosstab(TRUE, PREDICTED)
    for answer in (right, ..., MATRIX.T):
        names = {"lesson": lesson, "confusion_matrix": confusion_matrix}
        names |= GIVEN["build_confusion_matrix"] | {"matrix": answer}
        exec(cell_source("06-evaluate-predict", "confusion-matrix"), names)
        assert (names["matrix"] is answer) == (answer is right)
        assert (np.asarray(names["matrix"]) == MATRIX).all()


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
            assert cells.index(taught) < cells.index(f"exercise-{exercise}")
    practised = {exercise for _, _, ties in found for _, exercise in ties}
    here = {each.replace("_", "-") for each in EXERCISES if EXERCISES[each] == name}
    assert practised == here, f"{name}: exercises and the objectives of the title"
