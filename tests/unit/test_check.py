"""`lesson.check`: what each answer gets, that nothing breaks a check, how it reads.

Exercises that are declared as data say themselves which mistakes they know: each is
given to its check here, and has to be told its own words. Judges have `answers`.
"""

import ast
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
from ipywidgets.widgets.widget import _instances
from lesson.check import answers as kinds
from lesson.check import feedback
from lesson.check.exercise import Judged, judge
from lesson.controls import VIEW
from lesson_files import ROOT, cell_source

EXERCISES = lesson.check.EXERCISES
JUDGED = [name for name, each in EXERCISES.items() if isinstance(each, Judged)]
DECLARED = [name for name in EXERCISES if name not in JUDGED]
ANSWERS = {name: EXERCISES[name].declared(GIVEN[name]) for name in DECLARED}
CLICKABLE = [x for x in DECLARED if all(y.options for y in ANSWERS[x].values())]

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
        return bank.made(bank.RIGHT[exercise][0])
    declared = ANSWERS[exercise].items()
    right = {name: example(answer, answer.right) for name, answer in declared}
    return tuple((right | others).values())


def assert_reads_well(reason):
    assert re.fullmatch(r"[A-Z`0-9−].{,218}[.?`]", reason), reason
    assert reason.count("`") % 2 == 0, reason
    assert html.unescape(reason) == reason
    assert not re.search(r"(?i)(stupid|obviously|simply|just|easy)", reason)


def mistakes(answer):
    """Yield (wrong answer, what is said of it, "" for anything): declared, then others.
    """
    for mistake, said in answer.mistakes.items():
        yield example(answer, mistake), said
    right, near = answer.right, []
    match answer:  # of letters and words, all mistakes are declared
        case kinds.Flag():
            yield not right, answer.otherwise
        case kinds.Number():
            yield 12345.678, answer.otherwise
            if not isinstance(right, tuple):
                near = [right * 1.02 + 0.02, right + 1, right - 1, -right - 1]
        case kinds.Numbers():
            yield [7.25] * len(right), answer.otherwise
            yield [7.25] * 11, answer.count.format(size=11)
            near = [*bank.array_changes(right), [*right, 1], right[:-1]]
        case kinds.Shape():
            yield (7, 7, 7, 7), answer.otherwise
            for other in {*itertools.permutations(right)} - {right}:
                yield other, (
                    "the numbers are right. Put them in this order: height, width, "
                    "feature maps.")
            if (1, *right) not in answer.mistakes:
                yield (1, *right), (
                    "leave out the number of images in front: we want the shape of one "
                    "image.")
            near = [*bank.array_changes(right), [*right, 1], right[:-1]]
    yield from ((other, "") for other in near)


@declared
def test_each_mistake_is_told_its_own_words(exercise):
    """And they read well, as do those of the right answer."""
    found = [*EXERCISES[exercise].together]
    for name, answer in ANSWERS[exercise].items():
        for wrong, words in mistakes(answer):
            words = f"`{name}`: {words}" if words[:1].islower() else words
            found.append(({name: wrong}, words))
    for wrong, words in found:
        said = ask(exercise, rights(exercise, **wrong))
        assert said.verdict == feedback.WRONG, wrong
        assert words in ("", said.reason), wrong
        assert_reads_well(said.reason)
    assert_reads_well(EXERCISES[exercise].right)


@declared
def test_each_option_of_a_question_has_its_words(exercise):
    cell = f"exercise-{exercise.replace('_', '-')}"
    question = cell_source(EXERCISES[exercise].notebook, cell)
    options = {*re.findall(r"(?m)^(?:- |\| )([A-Za-z])(?=: | \|)", question)}
    options, known = {*map(str.lower, options)}, []
    for answer in ANSWERS[exercise].values():
        if options and isinstance(answer, kinds.Choice):
            assert {answer.right, *answer.mistakes} == options
        if type(answer) is kinds.Words:
            known.append({*answer.options})
    for one, other in itertools.combinations(known, 2):
        assert one == other or not one & other, "the same words, or quite others"
    asked = question + cell_source(EXERCISES[exercise].notebook, f"answer{cell[8:]}")
    assert all(word in asked for word in set().union(*known))


@declared
def test_letters_that_can_be_given_are_named(exercise):
    for name, answer in ANSWERS[exercise].items():
        if type(answer) is kinds.Words:
            said = ask(exercise, rights(exercise, **{name: "neither of these"})).reason
            assert all(f'"{each}"' in said for each in answer.options)
        if isinstance(answer, kinds.Choice | kinds.Order):
            chosen = isinstance(answer, kinds.Choice)
            letters = [answer.right, *answer.mistakes] if chosen else answer.right
            said = ask(exercise, rights(exercise, **{name: "neither"})).reason
            assert f"{min(letters)} to {max(letters)}" in said.replace('"', "")


COUNTS = "one two three four five six seven eight nine ten eleven twelve".split()
FREELY = {0, 1, 2, 10, 100, 1000, 0.001}  # halves, per cent, units, rounding


def numbers(text):
    """Return the numbers that stand in a text, in digits or in words."""
    digits = re.findall(r"\d[\d,_]*(?:\.\d+)?(?:e-\d+)?", text)
    found = {float(re.sub("[,_]", "", each)) for each in digits}
    words = re.findall(r"[a-z]+", text.lower())
    return found | {n for n, word in enumerate(COUNTS, start=1) if word in words}


def tables(exercise):
    """Yield the right answer and the wrong ones, as code, of each declared number."""
    module = EXERCISES[exercise].notebook.replace("-", "_")
    path = ROOT / "notebooks" / "lesson" / "check" / f"{module}.py"
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assigned = (node for node in body if isinstance(node, ast.Assign))
    (own,) = (x for x in assigned if ast.unparse(x.targets[0]) == exercise)
    named = {x.id for x in ast.walk(own) if isinstance(x, ast.Name)}
    declared = [own, *(x for x in body if getattr(x, "name", "") in named)]
    for node in (x for each in declared for x in ast.walk(each)):
        if isinstance(node, ast.Call) and len(node.args) > 1:
            right, wrong = node.args[:2]
            of_numbers = ast.unparse(node.func) in ("Number", "Numbers", "Shape")
            if of_numbers and isinstance(wrong, ast.Dict):
                yield right, zip(wrong.keys, wrong.values, strict=True)


@declared
def test_wrong_numbers_are_worked_out_from_the_question(exercise):
    """So that one sees which slip leads to each, and a wrong digit is noticed."""
    name, parts = exercise.replace("_", "-"), ("exercise", "answer", "help")
    cells = [cell_source(EXERCISES[exercise].notebook, f"{x}-{name}") for x in parts]
    for answer in ANSWERS[exercise].values():
        if isinstance(answer, kinds.Shape) and len(answer.right) > 1:
            assert all(each[0] == each[1] for each in answer.mistakes), "no square"
        if isinstance(answer, kinds.Number):
            ranges = [each for each in answer.mistakes if isinstance(each, tuple)]
            assert all(low < high for low, high in ranges), f"nothing is in {ranges}"
    for right, table in tables(exercise):
        for wrong, words in table:
            if not wrong:  # mistakes of another table
                continue
            said = " ".join([*cells, ast.unparse(right), ast.unparse(words)])
            values = {getattr(x, "value", None) for x in ast.walk(wrong)}
            made = {x for x in values if type(x) in (int, float)}
            whence = made - numbers(said) - FREELY
            assert not whence, f"{ast.unparse(wrong)}: where does {whence} come from?"


TENSOR = keras.ops.convert_to_tensor
SPELLINGS = {
    kinds.Number: [float, np.float64, np.array, TENSOR, lambda n: [n],
                   lambda n: pd.Series([n]), lambda n: TENSOR([[n]]),
                   lambda n: n if n == round(n) else float(f"{n:.3g}")],
    kinds.Choice: [str.upper, "{}.".format, " ({}) ".format, "{}:".format, np.array,
                   lambda letter: [letter], lambda letter: pd.Series([letter])],
    kinds.Words: [str.upper, " {}\n".format, "The {}.".format, "a {}".format,
                  "from {}".format, np.array, lambda words: re.sub("[- ]", "", words),
                  lambda words: words.translate({32: "-", 45: " "})],
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
    ("find_leak", "f", 'The answer should be one letter in quotes, from "a" to "e"'),
    ("which_set", 3, '`learn_from` should be "test", "tr'),
    ("in_the_file", "yes", "without quotes"),
    ("convolve_by_hand", [27, ...], "is still blank. Replace each `...`"),
    ("convolve_by_hand", 27, "should be a list"),
    ("convolve_by_hand", np.zeros((1001, 1000)), "far more than asked for"),
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
    **{"before": "more than once", "first": "more than once", "wrap": "history"},
    **{"without": "data.*Build the model again", "bias_regularizer": "penalty|bias_"},
}


@judged
def test_answer_gets_its_feedback(exercise):
    """Right in every form; each change is refused with words that fit, and all come."""
    reasons = ""
    for what, answer in bank.answers(exercise):
        said = ask(exercise, answer)
        verdict = feedback.RIGHT if what is None else feedback.WRONG
        assert said.verdict == verdict, (what, said)
        assert re.search(FITTING.get(what, what or ""), said.reason), (what, said)
        assert_reads_well(said.reason)
        reasons += said.reason
    judge = ast.parse(inspect.getsource(EXERCISES[exercise].function))
    calls = [each for each in ast.walk(judge) if isinstance(each, ast.Call)]
    for call in [each for each in calls if ast.unparse(each.func) == "NotYet"]:
        texts = [str(x.value) for x in ast.walk(call) if isinstance(x, ast.Constant)]
        assert max(texts, key=len, default="") in reasons, "no answer is told this"


@pytest.mark.parametrize("blank", [..., None, "", "  ", [..., ...], [[...], [...]]])
@every
def test_blank_answer_is_not_attempted(exercise, blank):
    said = ask(exercise, (blank,) * len(EXERCISES[exercise].names))
    assert (said.verdict, bool(said)) == (feedback.BLANK, False)
    assert repr(said) == f"{said.verdict} {said.reason}"
    assert isinstance(said, feedback.Clickable) == (exercise in CLICKABLE)


@every
def test_half_an_answer_says_what_is_missing(exercise):
    first, *rest = EXERCISES[exercise].names
    said = ask(exercise, ("a",))
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


def test_bug_in_a_judge_is_no_feedback():
    with pytest.raises(TypeError, match="unsupported operand"):
        judge()(lambda answer=...: answer + "")(1)


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
    *(10**400, b"bytes", lambda: None, "b" * 100_000, {}, set(), [], NotImplemented),
    *(pd.Series(["a", 1, None]), pd.DataFrame(), pd.NA, np.datetime64("2020-01-01")),
    *(np.array([object(), None]), np.array("text"), np.ma.masked),
    np.broadcast_to(np.float32(0), (10**4, 10**4)),
    *(keras.layers.Dense(3), keras.Input((3,)), keras.Sequential(), keras.Model),
    *(keras.losses.Loss, keras.metrics.BinaryAccuracy(), keras.callbacks.History()),
    *(keras.Sequential([keras.layers.Dense(10)]), keras.Variable(1.0)),
]
anything = st.recursive(
    st.from_type(bool | int | float | complex | bytes | str | None)
    | st.sampled_from(["a", "b", "c", "d", "e", "test", "training", "cat", "hare"])
    | hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_side=10)),
    lambda inner: st.lists(inner, max_size=10) | st.tuples(inner, inner),
    max_leaves=10,
)


@every
def test_strange_answers_break_nothing(exercise):
    """Beside right ones; and nothing is called right that is not known as right."""
    right = rights(exercise)

    def said_of(thing, place):
        said = ask(exercise, (*right[:place], thing, *right[place + 1 :]))
        assert len(said.reason) < 400
        said._repr_html_()
        return said

    for thing, place in itertools.product(OBJECTS, range(len(right))):
        assert said_of(thing, place).verdict == feedback.WRONG

    @settings(settings.get_profile("ci"), max_examples=60, database=None,
              suppress_health_check=list(HealthCheck))
    @given(anything, st.integers(0, len(right) - 1))
    def give(thing, place):
        if said_of(thing, place):
            assert exercise in DECLARED
            if isinstance(right[place], str):
                assert right[place].lower() in str(thing).lower()
            else:
                values = np.ravel(thing).astype(float)
                assert np.allclose(values, right[place], atol=0.006)

    give()


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if EXERCISES[e].given])
def test_strange_context_is_refused(exercise):
    """The learner may have overwritten what the answer is held against."""
    things = [Evil(), None, "text", [], {}, np.zeros((2, 2)), pd.DataFrame()]
    things = [(thing,) * len(GIVEN[exercise]) for thing in things]
    whole = GIVEN[exercise].values()
    if all(hasattr(each, "ndim") for each in whole):
        things.append([each[:0] for each in whole])
    for each in things:
        said = ask(exercise, (*rights(exercise), *each))
        assert "is not what the notebook made" in said.reason


def test_best_epoch_is_told_apart_from_others():
    history, others = bank.HISTORY, {"val_loss": "highest", "loss": "lowest"}
    for column, which in {**others, "val_accuracy": "highest"}.items():
        values = history[column]
        epoch = values.idxmax() if which == "highest" else values.idxmin()
        said = ask("best_epoch", (epoch,)).reason
        assert which in said and column.removeprefix("val_") in said


def test_strange_numbers_bring_no_warning(recwarn):
    ask("build_confusion_matrix", [[np.inf, -np.inf] * 5] * 10)
    assert not recwarn.list


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
    assert display.call_args.kwargs == {"raw": True}


@pytest.mark.parametrize("exercise", CLICKABLE)
def test_click_is_as_good_as_the_same_answer_typed(exercise, monkeypatch):
    """Once all answers have been clicked."""
    options = {name: each.options for name, each in ANSWERS[exercise].items()}
    display = mock.Mock()
    monkeypatch.setattr(feedback, "display", display)
    blank = ask(exercise, (...,) * len(options))
    blank._ipython_display_()
    (kept,), update = display.call_args.args, display.return_value.update
    assert display.call_args.kwargs == {"raw": True, "display_id": True}
    assert kept["text/html"] == blank._repr_html_()
    shown = _instances[kept[VIEW]["model_id"]]
    assert "click it" in shown.said
    assert shown.options == {x: [*map(str, each)] for x, each in options.items()}
    right = {x: options[x].index(each.right) for x, each in ANSWERS[exercise].items()}
    for name, place in [(x, n) for x in options for n in range(len(options[x]))]:
        before, shown.clicked = shown.said, {name: place}
        assert (shown.said == before) == (len(options) > 1)
        shown.clicked = right | {name: place}
        typed = ask(exercise, rights(exercise, **{name: options[name][place]}))
        assert shown.said == typed._repr_html_()
        assert update.mock_calls == ([mock.call(typed)] if typed else [])
        update.reset_mock()
