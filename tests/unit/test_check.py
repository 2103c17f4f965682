"""`lesson.check`: what each answer gets, that nothing breaks a check, how it reads.

Exercises that are declared as data say themselves which mistakes they know: each is
given to its check here, and has to be told its own words. Judges have `answers.BANK`.
"""

import ast
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
from answers import BANK, GIVEN, RIGHT, WRONG, ask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.extra import numpy as hnp
from lesson.check import answers as kinds
from lesson.check import feedback
from lesson.check.exercise import Judged
from lesson_files import ROOT

EXERCISES = lesson.check.EXERCISES
JUDGED = [name for name, each in EXERCISES.items() if isinstance(each, Judged)]
DECLARED = [name for name in EXERCISES if name not in JUDGED]
ANSWERS = {name: EXERCISES[name].declared(GIVEN[name]) for name in DECLARED}

set_hypothesis_home_dir(ROOT / "build" / "hypothesis")

every = pytest.mark.parametrize("exercise", EXERCISES)
declared = pytest.mark.parametrize("exercise", DECLARED)
judged = pytest.mark.parametrize("exercise", JUDGED)


# Declared answers


def example(answer, target):
    """Return an answer that a learner may give, for a target that is declared."""
    if isinstance(answer, kinds.Number) and isinstance(target, tuple):
        return target[0] + (target[1] - target[0]) / 10
    if isinstance(answer, kinds.Numbers):
        return [1234.5 if each is ... else each for each in target]
    if isinstance(answer, kinds.Order):
        swap = dict(zip(target, reversed(target), strict=True))
        return "".join(swap.get(letter, letter) for letter in answer.right)
    return target


def rights(exercise, **others):
    """Return right answers to an exercise as a tuple, but for those that are named."""
    if exercise in JUDGED:
        known = [r.answers for r in BANK if (r.exercise, r.kind) == (exercise, RIGHT)]
        return next((each for each in known if isinstance(each, tuple)), known[0])
    right = {
        name: each.right if isinstance(each, kinds.Order) else example(each, each.right)
        for name, each in ANSWERS[exercise].items()
    }
    return tuple((right | others).values())


def assert_told(exercise, answers, reason):
    said = ask(exercise, answers)
    assert (said.verdict, said.reason) == (feedback.WRONG, reason), answers


@declared
def test_each_mistake_is_told_its_own_words(exercise):
    for name, answer in ANSWERS[exercise].items():
        for mistake, reason in answer.mistakes.items():
            given = example(answer, mistake)
            assert_told(exercise, rights(exercise, **{name: given}), reason)


@declared
def test_mistakes_in_several_answers_are_told_together(exercise):
    for mistake, reason in EXERCISES[exercise].together:
        assert_told(exercise, rights(exercise, **mistake), reason)


@declared
def test_any_other_mistake_is_told_what_to_do(exercise):
    for name, answer in ANSWERS[exercise].items():
        other = {
            kinds.Number: lambda answer: 12345.678,
            kinds.Numbers: lambda answer: [7.25] * len(answer.right),
            kinds.Shape: lambda answer: (7, 7, 7, 7),
            kinds.Flag: lambda answer: not answer.right,
        }.get(type(answer))
        if other:  # of letters and words, all are declared
            wrong = {name: other(answer)}
            assert_told(exercise, rights(exercise, **wrong), answer.otherwise)
        if isinstance(answer, kinds.Numbers):
            wrong = {name: [7.25] * 11}
            reason = answer.count.format(size=11)
            assert_told(exercise, rights(exercise, **wrong), reason)


SPELLINGS = {
    kinds.Number: [float, np.float64, np.array, keras.ops.convert_to_tensor],
    kinds.Choice: [str.upper, "{}.".format, " ({}) ".format],
    kinds.Words: [str.upper, " {}\n".format],
    kinds.Flag: [bool, np.bool_],
    kinds.Numbers: [list, np.array, lambda row: np.reshape(row, (-1, 1))],
    kinds.Shape: [list, np.array, lambda shape: (None, *shape)],
    kinds.Order: [list, str.lower, ", ".join],
}


@declared
def test_right_answers_are_right_in_every_spelling(exercise):
    words = EXERCISES[exercise].right
    for name, answer in ANSWERS[exercise].items():
        (right,) = rights(exercise)[list(ANSWERS[exercise]).index(name) :][:1]
        for spell in [lambda right: right, *SPELLINGS[type(answer)]]:
            said = ask(exercise, rights(exercise, **{name: spell(right)}))
            assert (said.verdict, said.reason) == (feedback.RIGHT, words), spell


@pytest.mark.parametrize(
    ("exercise", "answers", "words"),
    [
        ("count_frogs", (np.array([True, False]),), "Now `sum` them."),
        ("count_frogs", ("103",), "`count` is a text."),
        ("count_frogs", ([1, 2],), "`count` should be one number, and is several."),
        ("count_frogs", (True,), "`count` is True"),
        ("loss_of_one_image", (float("nan"),), "no number came out"),
        ("loss_of_one_image", (10**400,), "far too large"),
        ("find_leak", ("f",), 'one letter in quotes, from "a" to "e"'),
        ("judge_ladder", ("a", "r", "s"), 'from "p" to "s"'),
        ("choose_plan", ("a", "b", "c"), '"larger rate", "schedule" or "smaller'),
        ("which_set", ("train set", "VAL", 3), '`report` should be "test", "tr'),
        ("read_confusion_matrix", (0.6, "Hares", 2), '`predicted_name` should be "f'),
        ("in_the_file", ("yes", True, False, False), "without quotes"),
        ("convolve_by_hand", ([27, ...],), "still blank"),
        ("convolve_by_hand", (27,), "should be a list"),
        ("layer_shapes", ("29, 29, 8", 1, 1, 1), "without quotes"),
        ("order_steps", (352678,), "in quotes"),
        ("order_steps", ("CFBDA",), "exactly once"),
        ("make_one_hot", ([[0, 1], [1]],), "different lengths"),
    ],
)
def test_answers_of_another_kind_are_told_the_kind(exercise, answers, words):
    said = ask(exercise, answers)
    assert said.verdict == feedback.WRONG
    assert words in said.reason


# Answers that a judge reads


@pytest.mark.parametrize(
    "row", BANK, ids=[f"{row.exercise}-{row.kind}-{i}" for i, row in enumerate(BANK)]
)
def test_answer_gets_its_feedback(row):
    said = ask(row.exercise, row.answers)
    assert said.verdict == {RIGHT: feedback.RIGHT, WRONG: feedback.WRONG}[row.kind]
    assert row.words in said.reason
    assert bool(said) == (row.kind == RIGHT)


@judged
def test_bank_has_a_row_for_everything_a_judge_says(exercise):
    """Two right answers, and every `raise NotYet` of the judge is reached."""
    rows = [row for row in BANK if row.exercise == exercise]
    assert [row.kind for row in rows].count(RIGHT) >= 2
    judge = EXERCISES[exercise].function
    lines, start = inspect.getsourcelines(judge)
    raises = {
        node.lineno + start - 1
        for node in ast.walk(ast.parse("".join(lines)))
        if isinstance(node, ast.Raise) and ast.unparse(node).startswith("raise NotYet")
    }
    seen = set()

    def trace(frame, event, arg):
        if frame.f_code is judge.__code__:
            seen.add(frame.f_lineno)
            return trace

    for row in rows:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            ask(exercise, row.answers)
        finally:
            sys.settrace(before)
    missing = sorted(raises - seen)
    assert missing == [], f"{judge.__code__.co_filename}: no answer reaches these lines"


# Blanks


@pytest.mark.parametrize(
    "blank", [..., None, "", "  ", [..., ...], [[...], [...]]], ids=repr
)
@every
def test_blank_answer_is_not_attempted(exercise, blank):
    said = ask(exercise, (blank,) * len(EXERCISES[exercise].names))
    assert (said.verdict, bool(said)) == (feedback.BLANK, False)


@pytest.mark.parametrize(
    "exercise", [name for name in EXERCISES if len(EXERCISES[name].names) > 1]
)
def test_half_an_answer_says_what_is_missing(exercise):
    first, *rest = EXERCISES[exercise].names
    said = ask(exercise, ("a",) + (...,) * (len(EXERCISES[exercise].names) - 1))
    assert said.verdict == feedback.WRONG
    assert f"still blank: {rest[0]}" in said.reason
    assert first not in said.reason.split(": ", 1)[1].split(", ")


def test_untouched_mistakes_are_not_attempted():
    """The cell with two mistakes in it, as it stands."""
    model = lesson.models.build_intro()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    said = lesson.check.fix_compile(model)
    assert repr(said) == "Not attempted yet. The cell is still as you found it."


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


@every
def test_strange_objects_are_refused(exercise):
    right = rights(exercise)
    for thing, place in itertools.product(
        OBJECTS, range(len(EXERCISES[exercise].names))
    ):
        answers = (thing,)
        if isinstance(right, tuple):
            answers = (*right[:place], thing, *right[place + 1 :])
        said = ask(exercise, answers)
        assert said.verdict == feedback.WRONG
        assert len(said.reason) < 400
        said._repr_html_()


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


@every
def test_arbitrary_answers(exercise):
    """No exception, and nothing is called right that is not known as right."""
    known = [
        row.answers
        for row in BANK
        if (row.exercise, row.kind) == (exercise, RIGHT)
        and isinstance(row.answers, tuple)
    ]
    known += [rights(exercise)] if exercise in DECLARED else []

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(*[anything] * len(EXERCISES[exercise].names)))
    def give(answers):
        said = ask(exercise, answers)
        assert isinstance(said, feedback.Feedback)
        if said:
            assert any(_same(answers, right) for right in known)

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


@pytest.mark.parametrize("exercise", [name for name in EXERCISES if GIVEN[name]])
def test_strange_context_is_refused(exercise):
    """The learner may have overwritten what the answer is held against."""
    right = rights(exercise)
    right = right() if callable(right) else right
    for thing in [Evil(), None, "text", [], {}, np.zeros((2, 2)), pd.DataFrame()]:
        given = dict.fromkeys(GIVEN[exercise], thing)
        said = getattr(lesson.check, exercise)(*right, **given)
        assert "is not what the notebook made" in said.reason


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
            *(
                "-k",
                "feedback or told or right_answers or untouched or strange_objects",
            ),
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
    """Return all that is declared, and what the bank makes the judges say."""
    said = {ask(row.exercise, row.answers).reason for row in BANK}
    for exercise in DECLARED:
        said |= {EXERCISES[exercise].right}
        said |= {reason for _, reason in EXERCISES[exercise].together}
        for answer in ANSWERS[exercise].values():
            said |= {*answer.mistakes.values(), answer.otherwise} - {""}
    return sorted(said)


def test_feedback_reads_well():
    for reason in _all_feedback():
        assert len(reason) <= 220, reason
        assert re.match(r"[A-Z`0-9−]", reason), reason
        assert reason[-1] in ".?`", reason
        assert reason.count("`") % 2 == 0, reason
        assert html.unescape(reason) == reason
        assert not re.search(r"(?i)(stupid|obviously|simply|just|easy)", reason)
