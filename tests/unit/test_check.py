"""`lesson.check`: what each answer gets, that nothing breaks a check, how it reads."""

import html
import inspect
import itertools
import os
import re
import subprocess
import sys

import keras
import lesson
import numpy as np
import pandas as pd
import pytest
from answers import BANK, CONTEXT, RIGHT, WRONG, fitted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.extra import numpy as hnp
from lesson.check import feedback
from lesson_files import ROOT

EXERCISES = lesson.check.__all__

set_hypothesis_home_dir(ROOT / "build" / "hypothesis")


def _ask(exercise, answers):
    """Call the check of an exercise as its cell in the notebook does."""
    context = CONTEXT.get(exercise, {})
    if callable(answers):
        answers = answers()
    if exercise == "train_dropout" and not isinstance(answers, tuple):
        answers, context = (answers.history,), {"model": answers.model}
    elif exercise == "train_dropout":
        context = {"model": fitted(trained=0).model}
    return getattr(lesson.check, exercise)(*answers, **context)


def _number_of_answers(exercise):
    parameters = inspect.signature(getattr(lesson.check, exercise)).parameters
    return sum(each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters.values())


# The bank


@pytest.mark.parametrize(
    "row", BANK, ids=[f"{row.exercise}-{row.kind}-{i}" for i, row in enumerate(BANK)]
)
def test_answer_gets_its_feedback(row):
    said = _ask(row.exercise, row.answers)
    assert said.verdict == {RIGHT: feedback.RIGHT, WRONG: feedback.WRONG}[row.kind]
    assert row.words in said.reason
    assert bool(said) == (row.kind == RIGHT)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_bank_is_full(exercise):
    kinds = [row.kind for row in BANK if row.exercise == exercise]
    assert kinds.count(RIGHT) >= 2
    assert kinds.count(WRONG) >= 5
    assert {row.exercise for row in BANK} == set(EXERCISES)


def test_all_public_checks_are_exercises():
    modules = [m for _, m in inspect.getmembers(lesson.check, inspect.ismodule)]
    found = {
        name
        for module in modules
        for name, each in inspect.getmembers(module, inspect.isfunction)
        if hasattr(each, "__wrapped__")
    }
    assert found == set(EXERCISES)


@pytest.mark.parametrize(
    "blank", [..., None, "", "  ", [..., ...], [[...], [...]]], ids=repr
)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_blank_answer_is_not_attempted(exercise, blank):
    said = _ask(exercise, (blank,) * _number_of_answers(exercise))
    assert (said.verdict, bool(said)) == (feedback.BLANK, False)


@pytest.mark.parametrize(
    "exercise", [name for name in EXERCISES if _number_of_answers(name) > 1]
)
def test_half_an_answer_says_what_is_missing(exercise):
    first, *rest = inspect.signature(getattr(lesson.check, exercise)).parameters
    said = _ask(exercise, ("a",) + (...,) * (_number_of_answers(exercise) - 1))
    assert said.verdict == feedback.WRONG
    assert f"still blank: {rest[0]}" in said.reason
    assert first not in said.reason.split(": ", 1)[1].split(", ")


def test_untouched_mistakes_are_not_attempted():
    """The cell with two mistakes in it, as it stands."""
    model = lesson.models.build_intro()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    assert lesson.check.fix_compile(model).verdict == feedback.BLANK


def test_check_called_in_another_way_says_how():
    said = lesson.check.neuron(1, 2, 3)
    assert said.verdict == feedback.WRONG
    assert "`lesson.check.neuron(total=…, output=…)`" in said.reason
    assert not lesson.check.best_epoch(3)  # without the history


# Nothing breaks a check


class Evil:
    """An object whose every method goes wrong."""

    def _fail(self, *args):
        raise RuntimeError("evil")

    __eq__ = __len__ = __iter__ = __float__ = __int__ = __bool__ = __str__ = _fail
    __repr__ = __getitem__ = __array__ = __hash__ = __index__ = __lt__ = _fail
    __getattr__ = _fail


def _list_in_itself():
    loop = []
    loop.append(loop)
    return loop


OBJECTS = [
    Evil(),
    Evil,
    _list_in_itself(),
    itertools.count(),
    range(10**12),
    np.broadcast_to(np.float32(0), (10**4, 10**4)),
    np.array([object(), None]),
    np.array("text"),
    np.ma.masked,
    np.datetime64("2020-01-01"),
    pd.Series(["a", 1, None]),
    pd.DataFrame(),
    pd.NA,
    float("nan"),
    float("inf"),
    10**400,
    1j,
    b"bytes",
    print,
    lambda: None,
    sys,
    type,
    keras.layers.Dense(3),
    keras.Input((3,)),
    keras.Sequential(),
    keras.Model,
    keras.losses.Loss,
    keras.metrics.CategoricalAccuracy(),
    keras.callbacks.History(),
    NotImplemented,
    "b" * 100_000,
]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_strange_objects_are_refused(exercise):
    for thing in OBJECTS:
        for answers in _arrangements(exercise, thing):
            said = _ask(exercise, answers)
            assert said.verdict == feedback.WRONG
            assert len(said.reason) < 400
            said._repr_html_()


def _arrangements(exercise, thing):
    """Yield answers with a thing in each place, the others being right."""
    number = _number_of_answers(exercise)
    right = next(
        row.answers for row in BANK if (row.exercise, row.kind) == (exercise, RIGHT)
    )
    if number == 1 or not isinstance(right, tuple):
        yield (thing,) * number
    else:
        for place in range(number):
            yield (*right[:place], thing, *right[place + 1 :])


def _strange(place):
    return OBJECTS[place]  # hypothesis would ask `st.sampled_from` for its repr


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.sampled_from(["a", "b", "c", "d", "e", "test", "training", "cat", "hare"])
    | st.builds(_strange, st.integers(0, len(OBJECTS) - 1))
    | hnp.arrays(
        hnp.scalar_dtypes() | st.sampled_from(["float32", "int64", "bool"]),
        hnp.array_shapes(min_dims=0, max_side=10),
    ),
    lambda inner: (
        st.lists(inner, max_size=10)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_arbitrary_answers(exercise):
    """No exception, and nothing is called right that is not in the bank as right."""
    rights = [
        row.answers
        for row in BANK
        if (row.exercise, row.kind) == (exercise, RIGHT)
        and isinstance(row.answers, tuple)
    ]

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(*[anything] * _number_of_answers(exercise)))
    def give(answers):
        said = _ask(exercise, answers)
        assert isinstance(said, feedback.Feedback)
        if said:
            assert any(_same(answers, right) for right in rights)

    give()


def _same(answers, right):
    """Say if two tuples of answers mean the same."""
    for one, other in zip(answers, right, strict=True):
        if isinstance(other, str):
            if str(one).strip(" .)(").lower() != other.strip(" .)(").lower():
                return False
        elif not np.allclose(
            np.asarray(one, float).ravel(), np.ravel(other), atol=0.006
        ):
            return False
    return True


@pytest.mark.parametrize("exercise", sorted(CONTEXT))
def test_strange_context_is_refused(exercise):
    """The learner may have overwritten what the answer is held against."""
    right = next(row.answers for row in BANK if row.exercise == exercise)
    right = right() if callable(right) else right
    for thing in [Evil(), None, 3, "text", [], {}, np.zeros((2, 2))]:
        context = dict.fromkeys(CONTEXT[exercise], thing)
        said = getattr(lesson.check, exercise)(*right, **context)
        assert isinstance(said, feedback.Feedback)


# Other backends


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_checks_work_on_other_backends(backend):
    """The bank again, on models of another backend, if it is installed."""
    if backend == keras.backend.backend():
        pytest.skip("this is the backend of all the other tests")
    pytest.importorskip(backend)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", __file__),
            *("-k", "gets_its_feedback or untouched or strange_objects"),
        ],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]


# How it reads


def test_feedback_is_shown_as_text_and_as_html():
    said = feedback.Feedback(feedback.WRONG, "Try `a < b` & see.")
    assert repr(said) == "Not yet. Try `a < b` & see."
    page = said._repr_html_()
    assert "<strong>Not yet.</strong>" in page
    assert "<code>a &lt; b</code> &amp; see." in page


def _all_feedback():
    """Return what the bank makes the checks say."""
    return sorted({_ask(row.exercise, row.answers).reason for row in BANK})


def test_feedback_reads_well():
    for reason in _all_feedback():
        assert len(reason) <= 220, reason
        assert re.match(r"[A-Z`0-9−]", reason), reason
        assert reason[-1] in ".?`", reason
        assert reason.count("`") % 2 == 0, reason
        assert html.unescape(reason) == reason
        assert not re.search(r"(?i)\b(stupid|obviously|simply|just|easy)\b", reason)
