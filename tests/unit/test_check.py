"""`lesson.check`: what each answer gets, that nothing breaks a check, how it reads.

Exercises that are declared as data say themselves which mistakes they know: each is
given to its check here, and has to be told its own words. Judges have `answers`.
"""

import ast
import functools
import html
import inspect
import itertools
import re
import sys
from unittest import mock

import answers as bank
import keras
import lesson
import numpy as np
import pandas as pd
import pytest
from answers import GIVEN, ask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.extra import numpy as hnp
from lesson import controls
from lesson.check import answers as kinds
from lesson.check import feedback
from lesson.check.exercise import Judged, judge
from lesson.controls import VIEW, Buttons
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
    if isinstance(answer, kinds.Order) and len(target) == 2:
        swap = dict(zip(target, reversed(target), strict=True))
        return "".join(swap.get(letter, letter) for letter in answer.right)
    return target


def rights(exercise, **others):
    """Return right answers to an exercise as a tuple, but for those that are named."""
    if exercise in JUDGED:
        right = bank.RIGHT[exercise][0]
        right = right() if inspect.isfunction(right) else right
        right = getattr(right, "history", right)
        return right if isinstance(right, tuple) else (right,)
    declared = ANSWERS[exercise].items()
    right = {name: example(answer, answer.right) for name, answer in declared}
    return tuple((right | others).values())


def assert_reads_well(reason):
    assert re.fullmatch(r"[A-Z`0-9−].{,218}[.?`]", reason), reason
    assert reason.count("`") % 2 == 0, reason
    assert html.unescape(reason) == reason
    assert not re.search(r"(?i)(stupid|obviously|simply|just|easy)", reason)


def mistakes(exercise):
    """Yield ({name: answer}, words) for what is declared, and for any other mistake."""
    for name, answer in ANSWERS[exercise].items():
        told = [(example(answer, each), said) for each, said in answer.mistakes.items()]
        other = {  # of letters and words, all are declared
            kinds.Number: 12345.678, kinds.Shape: (7, 7, 7, 7),
            kinds.Numbers: [7.25] * len(str(answer.right).split(",")),
            kinds.Flag: not answer.right}.get(type(answer))
        if other is not None:
            told.append((other, answer.otherwise))
        if isinstance(answer, kinds.Numbers):
            told.append(([7.25] * 11, answer.count.format(size=11)))
        for wrong, said in told:
            yield {name: wrong}, f"`{name}`: {said}" if said[0].islower() else said
    yield from EXERCISES[exercise].together


@declared
def test_each_mistake_is_told_its_own_words(exercise):
    """And they read well, as do those of the right answer."""
    for wrong, words in mistakes(exercise):
        said = ask(exercise, rights(exercise, **wrong))
        assert (said.verdict, said.reason) == (feedback.WRONG, words), wrong
        assert_reads_well(words)
    assert_reads_well(EXERCISES[exercise].right)


@declared
def test_near_misses_are_refused(exercise):
    for name, answer in ANSWERS[exercise].items():
        right, near = answer.right, []
        if isinstance(answer, kinds.Number) and not isinstance(right, tuple):
            near = [right * 1.02 + 0.02, right + 1, right - 1, -right - 1]
        elif isinstance(answer, kinds.Numbers | kinds.Shape):
            near = [*bank.array_changes(right), [*right, 1], right[:-1]]
        for other in near:
            assert not ask(exercise, rights(exercise, **{name: other})), other
        if isinstance(answer, kinds.Shape):
            for other in {*itertools.permutations(right)} - {right}:
                said = ask(exercise, rights(exercise, **{name: other}))
                assert "order: height, width" in said.reason
            if (batch := (1, *right)) not in answer.mistakes:
                said = ask(exercise, rights(exercise, **{name: batch}))
                assert "leave out the number of images" in said.reason


TENSOR = keras.ops.convert_to_tensor
SPELLINGS = {
    kinds.Number: [float, np.float64, np.array, TENSOR, lambda n: [n],
                   lambda n: pd.Series([n]), lambda n: TENSOR([[n]])],
    kinds.Choice: [str.upper, "{}.".format, " ({}) ".format, "{}:".format, np.array,
                   lambda letter: [letter], lambda letter: pd.Series([letter])],
    kinds.Words: [str.upper, " {}\n".format, "The {}.".format, "a {}".format, np.array],
    kinds.Flag: [bool, np.bool_, np.array, lambda flag: pd.Series([flag])],
    kinds.Numbers: [list, np.array, lambda row: np.reshape(row, (-1, 1)), pd.Series,
                    TENSOR, pd.DataFrame, lambda row: [TENSOR(each) for each in row]],
    kinds.Shape: [list, np.array, lambda shape: (None, *shape), pd.Series, TENSOR],
    kinds.Order: [list, str.lower, ", ".join, tuple, "{}.".format,
                  lambda text: np.array([*text]), lambda text: pd.Series([*text])],
}


@declared
def test_right_answers_are_right_in_every_spelling(exercise):
    words = EXERCISES[exercise].right
    for name, answer in ANSWERS[exercise].items():
        right = example(answer, answer.right)
        for spell in [lambda right: right, *SPELLINGS[type(answer)]]:
            said = ask(exercise, rights(exercise, **{name: spell(right)}))
            assert (said.verdict, said.reason) == (feedback.RIGHT, words), spell


OF_ANOTHER_KIND = [  # each the first answer, with right ones behind it
    ("count_frogs", np.array([True, False]), "Now `sum` them."),
    ("count_frogs", "103", "`count` is a text."),
    ("count_frogs", [1, 2], "`count` should be one number, and is several."),
    ("count_frogs", True, "`count` is True"),
    ("loss_of_one_image", float("nan"), "no number came out"),
    ("loss_of_one_image", 10**400, "far too large"),
    ("find_leak", "f", 'one letter in quotes, from "a" to "e"'),
    ("judge_ladder", "a", 'from "p" to "s"'),
    ("choose_plan", "a", '"larger rate", "schedule" or "smaller'),
    ("which_set", 3, '`learn_from` should be "test", "tr'),
    ("in_the_file", "yes", "without quotes"),
    ("convolve_by_hand", [27, ...], "is still blank. Replace each `...`"),
    ("convolve_by_hand", 27, "should be a list"),
    ("layer_shapes", "29, 29, 8", "without quotes"),
    ("order_steps", 352678, "in quotes"),
    ("order_steps", "CFBDA", "exactly once"),
    ("make_one_hot", [[0, 1], [1]], "different lengths"),
]


@pytest.mark.parametrize(("exercise", "first", "words"), OF_ANOTHER_KIND)
def test_answers_of_another_kind_are_told_the_kind(exercise, first, words):
    said = ask(exercise, (first, *rights(exercise)[1:]))
    assert said.verdict == feedback.WRONG
    assert words in said.reason


# Answers that a judge reads

# What has to be said of a change, where it is not the argument's name
FITTING = {
    **{"units": "units|neurons", "filters": "not 8", "kernel_size": "not .3, 3.|above"},
    **{"scale": "1 / 255", "pool_size": "not .2, 2", "activation": "ReLU|relu|softmax"},
    **{"kernel_regularizer": "L2|kernel_reg", "dropped": "No |no dropout|order|last"},
    **{"doubled": "order", "order": "order|comes last", "from_logits": "raw|which"},
    **{"trained": "more than once", "first": "more than once", "wrap": "history"},
    **{"without": "data.*Build the model again", "bias_regularizer": "penalty|bias_"},
}


@functools.cache
def judged_answers(exercise):
    """Return [(what, right, said)] for all in the bank, and the lines that refuse."""
    function, lines = EXERCISES[exercise].function, set()

    def note(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except feedback.NotYet as wrong:
            lines.add(wrong.__traceback__.tb_next.tb_lineno)
            raise

    with mock.patch.object(EXERCISES[exercise], "function", note):
        return [(what, right, ask(exercise, answer))
                for what, answer, right in bank.answers(exercise)], lines


@judged
def test_answer_gets_its_feedback(exercise):
    """Right in every form; and each single change is refused, with words that fit."""
    for what, right, said in judged_answers(exercise)[0]:
        verdict = feedback.RIGHT if right else feedback.WRONG
        assert said.verdict == verdict, (what, said)
        words = FITTING.get(what, what) + "|as it was built above|no dropout layer"
        assert right or re.search(words, said.reason), (what, said)
        assert_reads_well(said.reason)


@judged
def test_bank_reaches_everything_a_judge_says(exercise):
    source, start = inspect.getsourcelines(EXERCISES[exercise].function)
    raises = {
        node.lineno + start - 1 for node in ast.walk(ast.parse("".join(source)))
        if isinstance(node, ast.Raise) and ast.unparse(node).startswith("raise NotYet")}
    missing = sorted(raises - judged_answers(exercise)[1])
    assert missing == [], "no answer reaches these lines of the check's module"


@pytest.mark.parametrize("photo", [bank.PHOTO, bank.pale()], ids=["blocks", "pale"])
def test_each_other_picture_is_refused(photo):
    for way in bank.Image.Resampling:
        right = bank.shrunk(photo[:, 32:96], way)
        assert ask("prepare_photo", right, photo=photo), way
    for batch in bank.photo_changes(photo):
        assert not ask("prepare_photo", batch, photo=photo)


@pytest.mark.parametrize("blank", [..., None, "", "  ", [..., ...], [[...], [...]]])
@every
def test_blank_answer_is_not_attempted(exercise, blank):
    said = ask(exercise, (blank,) * len(EXERCISES[exercise].names))
    assert (said.verdict, bool(said)) == (feedback.BLANK, False)


@every
def test_half_an_answer_says_what_is_missing(exercise):
    first, *rest = EXERCISES[exercise].names
    said = ask(exercise, ("a",) + (...,) * len(rest))
    assert said.verdict == feedback.WRONG
    assert not rest or said.reason.endswith(f"still blank: {', '.join(rest)}.")


def test_untouched_mistakes_are_not_attempted():
    said = lesson.check.fix_compile(bank.compiled(bank.SPARSE(from_logits=True)))
    assert repr(said) == "Not attempted yet. The cell is still as you found it."


def test_check_called_in_another_way_says_how():
    said = lesson.check.neuron(1, 2, 3)
    assert said.verdict == feedback.WRONG
    assert "`lesson.check.neuron(total=…, output=…)`" in said.reason
    assert not lesson.check.best_epoch(3)  # without the history


# Nothing breaks a check, and no check hides what is broken in it


@pytest.mark.parametrize("error", [TypeError, ValueError, KeyError, AttributeError])
def test_bug_in_a_judge_is_no_feedback(error):
    def broken(answer=...):
        raise error("a bug")

    with pytest.raises(error, match="a bug"):
        judge()(broken)(1)


class Evil:
    """An object whose every method goes wrong."""

    def _fail(self, *args):
        raise RuntimeError("evil")

    __eq__ = __len__ = __iter__ = __float__ = __int__ = __bool__ = __str__ = _fail
    __repr__ = __getitem__ = __array__ = __hash__ = __index__ = __lt__ = _fail
    __getattr__ = _fail


LOOP = []
LOOP.append(LOOP)  # a list in itself

OBJECTS = [
    *(Evil(), Evil, [Evil()], LOOP, itertools.count(), range(10**12), print, type, sys),
    np.broadcast_to(np.float32(0), (10**4, 10**4)),
    *(np.array([object(), None]), np.array("text"), np.ma.masked, NotImplemented),
    *(np.datetime64("2020-01-01"), pd.Series(["a", 1, None]), pd.DataFrame(), pd.NA),
    *(float("nan"), float("inf"), 10**400, 1j, b"bytes", lambda: None, "b" * 100_000),
    *(keras.layers.Dense(3), keras.Input((3,)), keras.Sequential(), keras.Model),
    *(keras.losses.Loss, keras.metrics.BinaryAccuracy(), keras.callbacks.History()),
    *(keras.Sequential([keras.layers.Dense(10)]), keras.Variable(1.0), [], {}, set()),
]


@every
def test_strange_objects_are_refused(exercise):
    right = rights(exercise)
    for thing, place in itertools.product(OBJECTS, range(len(right))):
        said = ask(exercise, (*right[:place], thing, *right[place + 1 :]))
        assert said.verdict == feedback.WRONG
        assert len(said.reason) < 400
        said._repr_html_()


anything = st.recursive(
    st.from_type(bool | int | float | complex | bytes | None)
    | st.text(max_size=20)
    | st.sampled_from(["a", "b", "c", "d", "e", "test", "training", "cat", "hare"])
    | st.integers(0, len(OBJECTS) - 1).map(lambda place: OBJECTS[place])
    | hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_side=10)),
    lambda inner: st.lists(inner, max_size=10) | st.tuples(inner, inner),
    max_leaves=10,
)
quick = settings(max_examples=60, deadline=None, derandomize=True, database=None,
                 suppress_health_check=list(HealthCheck))


@every
def test_arbitrary_answers(exercise):
    """No exception, and nothing is called right that is not known as right."""

    @quick
    @given(st.tuples(*[anything] * len(EXERCISES[exercise].names)))
    def give(answers):
        if ask(exercise, answers):
            assert exercise in DECLARED
            for one, right in zip(answers, rights(exercise), strict=True):
                if isinstance(right, str):
                    assert right.lower() in str(one).lower()
                else:
                    assert np.allclose(np.ravel(one).astype(float), right, atol=0.006)

    give()


@pytest.mark.parametrize("exercise", [name for name in EXERCISES if GIVEN[name]])
def test_strange_context_is_refused(exercise):
    """The learner may have overwritten what the answer is held against."""
    right = rights(exercise)
    for thing in [Evil(), None, "text", [], {}, np.zeros((2, 2)), pd.DataFrame()]:
        given = dict.fromkeys(GIVEN[exercise], thing)
        said = getattr(lesson.check, exercise)(*right, **given)
        assert "is not what the notebook made" in said.reason


def test_feedback_is_shown_as_text_and_as_html():
    said = feedback.Feedback(feedback.WRONG, "Try `a < b` & see.")
    assert repr(said) == "Not yet. Try `a < b` & see."
    page = said._repr_html_()
    assert re.search(r'<span aria-hidden="true">✗</span> Not yet.</strong> Try', page)
    assert "<code>a &lt; b</code> &amp; see." in page
    signs = [sign for sign, _ in feedback.SIGNS.values()]
    assert len(set(signs)) == 3, "the colour alone tells verdicts apart"


def test_without_widgets_the_feedback_is_there_to_be_read(monkeypatch):
    """As on a computer where anywidget cannot be installed."""
    display = mock.Mock()
    monkeypatch.setattr(feedback, "display", display)
    monkeypatch.setitem(sys.modules, "lesson.controls", None)
    blank = lesson.check.rescale_twice(...)
    blank._ipython_display_()
    (shown,) = display.call_args.args
    assert shown == {"text/plain": repr(blank), "text/html": blank._repr_html_()}


@declared
def test_click_is_as_good_as_the_same_answer_typed(exercise, monkeypatch):
    """Where all answers are one of a few, and all of them have been clicked."""
    options = {name: each.options for name, each in ANSWERS[exercise].items()}
    blank = ask(exercise, (...,) * len(options))
    if not all(options.values()):
        assert type(blank) is feedback.Feedback
        return
    buttons, display = [], mock.Mock()
    make = lambda **texts: buttons.append(Buttons(**texts)) or buttons[-1]  # noqa: E731
    monkeypatch.setattr(controls, "Buttons", make)
    monkeypatch.setattr(feedback, "display", display)
    blank._ipython_display_()
    (shown,), update = buttons, display().update
    (kept,) = display.call_args_list[0].args
    assert (kept["text/html"], VIEW in kept) == (blank._repr_html_(), True)
    right = {x: options[x].index(each.right) for x, each in ANSWERS[exercise].items()}
    for name, place in [(x, n) for x in options for n in range(len(options[x]))]:
        before, shown.clicked = shown.said, {name: place}
        assert (shown.said == before) == (len(options) > 1)
        shown.clicked = right | {name: place}
        typed = ask(exercise, rights(exercise, **{name: options[name][place]}))
        assert shown.said == typed._repr_html_()
        assert update.mock_calls == ([mock.call(typed)] if typed else [])
        update.reset_mock()
