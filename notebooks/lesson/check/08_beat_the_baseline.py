"""The checks of notebook 08."""

import keras
import numpy as np
import pandas as pd

from lesson.check.answers import Choice, Number
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet
from lesson.check.reading import layers_of

count_block = Exercise(
    "Check the parameters of the last convolution and its batch normalisation.",
    convolution=Number(
        331_776,
        {
            331_968: "`convolution`: with `use_bias=False` there are no biases. You "
            "added 192 of them.",
            1_728: "`convolution`: that is one filter. There are 192.",
            165_888: "`convolution`: its input comes from the convolution before, "
            "which has 192 filters, not 96.",
            36_864: "`convolution`: a filter has 3 × 3 weights for each channel.",
            110_592: "`convolution`: the window is 3 × 3, so nine places, not three.",
        },
        "`convolution`: height × width of the window × channels × filters.",
    ),
    normalisation=Number(
        768,
        {
            384: "`normalisation`: those are the two that are learnt. It also keeps a "
            "mean and a variance for each channel.",
            192: "`normalisation`: that is one number a channel. It keeps four.",
            4: "`normalisation`: four for *each* of the 192 channels.",
        },
        "`normalisation`: four numbers for each channel.",
    ),
    right="Compare the two: batch normalisation costs next to nothing.",
)


def _rate_at(name, place):
    """Return the answer that is the rate of a cosine from 0.1 to 0 at a place in it."""
    mistakes = {
        0.05 * (1 + np.cos(place)): "NumPy's cosine wants π × t, and you gave it t "
        "alone.",
        0.1 * (1 + np.cos(np.pi * place)): "do not forget to divide by 2.",
        0.1 * (1 - place): "that is a straight line. The cosine is not straight.",
        0.05 * (1 - np.cos(np.pi * place)): "plus the cosine; you took it away.",
    }
    right = 0.05 * (1 + np.cos(np.pi * place))
    return Number(
        right,
        # Half-way, some mistakes lead to the right rate
        {
            mistake: f"`{name}`: {said}"
            for mistake, said in mistakes.items()
            if not np.isclose(mistake, right)
        },
        f"`{name}`: put t = {place} into the formula.",
        within=0.0006,
    )


read_schedule = Exercise(
    "Check two learning rates on a cosine from 0.1 down to 0.",
    half_way=_rate_at("half_way", 0.5),
    three_quarters=_rate_at("three_quarters", 0.75),
    right="In the last quarter of the way, the steps are very small.",
)

OF_THE_TEXT = "Those are the numbers of the text: ten classes and 0.1."
OF_TEN = "You shared the 0.2 out among ten classes. Here there are four."

smooth_labels = Exercise(
    "Check labels of four classes, smoothed by 0.2.",
    right_class=Number(
        0.85,
        {
            0.8: "`right_class`: the 0.2 are shared out among all four classes, the "
            "right one among them. It gets its part back.",
            (0.909, 0.911): OF_THE_TEXT,
            0.82: OF_TEN,
            1: "`right_class`: that is one-hot still. Take 0.2 of it away.",
        },
        "`right_class`: 1 − 0.2, and its share of the 0.2. With the three others, it "
        "has to add up to 1.",
        within=1e-6,
    ),
    other_class=Number(
        0.05,
        {
            0.01: OF_THE_TEXT,
            0.02: OF_TEN,
            (0.0657, 0.0677): "`other_class`: 0.2 is shared out among four classes, "
            "not three.",
        },
        "One right class and three others do not add up to 1 here.",
        within=1e-6,
    ),
    together=[
        (
            {"right_class": 0.05, "other_class": 0.85},
            "The other way round: the right class keeps the larger part.",
        )
    ],
    right="0.85 + 3 × 0.05 = 1: the labels are still a share for each class.",
)

judge_ladder = Exercise(
    "Check how a series of experiments is read that adds one change at a time.",
    most=Choice(
        "p",
        {
            "q": "`most`: Q brought 0.05. Another step brought more.",
            "r": "`most`: R stands highest but one, because of the steps above it. "
            "What did it add to them?",
            "s": "`most`: with S the accuracy fell.",
        },
    ),
    no_evidence=Choice(
        "r",
        {
            "p": "`no_evidence`: 0.08 is far more than the spread of the seeds.",
            "q": "`no_evidence`: 0.05 is more than the spread of the seeds.",
            "s": "`no_evidence`: 0.044 less is more than the spread of the seeds: "
            "evidence against it.",
        },
    ),
    take_back=Choice(
        "s",
        {
            "p": "`take_back`: P brought the most.",
            "q": "`take_back`: Q brought 0.05.",
            "r": "`take_back`: it may be of no use, but it did no harm. Another step "
            "did.",
        },
    ),
    right="Each step is judged by its difference, held against the spread.",
)

ACCURACIES = (0.893, 0.897, 0.901, 0.905, 0.914)  # as the question has them
MEAN = sum(ACCURACIES) / 5


def _of_five(name, right, mistakes):
    """Return the answer that sums up the five accuracies."""
    return Number(
        right,
        {
            (100 * right - 0.06, 100 * right + 0.06): f"`{name}`: give a share between "
            "0 and 1, not per cent.",
            **{mistake: f"`{name}`: {said}" for mistake, said in mistakes.items()},
        },
        f"`{name}`: it should be that of all five accuracies.",
        within=0.0001,
    )


report_seeds = Exercise(
    "Check the mean, the lowest and the highest of five accuracies.",
    mean=_of_five(
        "mean",
        MEAN,
        {
            0.901: "that is the one in the middle, the median. Add all five, and "
            "divide by 5.",
            0.914: "that is the best. What is the mean of all five?",
            5 * MEAN: "that is the sum. Divide it by 5.",
            0.9035: "that is half-way between lowest and highest. Take all five.",
            sum(ACCURACIES[1:]) / 4: "a seed was left out. Bad ones count, too.",
        },
    ),
    lowest=_of_five("lowest", min(ACCURACIES), {0.897: "there is a lower one."}),
    highest=_of_five("highest", max(ACCURACIES), {0.905: "there is a higher one."}),
    right="Whoever trains it again can expect something in this range.",
)

MARGIN = 0.02  # more than the seeds of the lesson's networks differ


@judge(baseline=0.668)
def beat_the_baseline(my_model=..., my_history=..., *, baseline):
    """Check that a network of the learner's own is better than the lesson's."""
    layers = layers_of(my_model)
    if not layers or tuple(my_model.output_shape) != (None, 10):
        raise NotYet("`my_model` should end in ten probabilities, one for each class.")
    if layers[-1][1] != "softmax":
        raise NotYet("`my_model`: its last layer has no softmax.")
    history = my_history
    if isinstance(history, keras.callbacks.History):
        history = history.history
    if not isinstance(history, dict | pd.DataFrame):
        raise NotYet("`my_history` should be what `fit` returns.")
    if "val_accuracy" not in history:
        raise NotYet(
            "`my_history` has no `val_accuracy`. Give `fit` validation data, and "
            '`compile` the metric "accuracy".'
        )
    values = np.asarray(history["val_accuracy"], dtype=float)
    if len(values) == 0 or not np.all((values >= 0) & (values <= 1)):
        raise NotYet("`my_history`: its accuracies are not shares from 0 to 1.")
    wanted = float(baseline) + MARGIN
    if values[-1] >= wanted:
        return (
            f"{values[-1]:.3f} on the validation images, and the dropout network has "
            f"{baseline:.3f}. Now train it with two more seeds."
        )
    if values.max() >= wanted:
        raise NotYet(
            f"It had {values.max():.3f}, and ended at {values[-1]:.3f}. What would "
            "let it settle: a rate that falls, or stopping early?"
        )
    raise NotYet(
        f"{values[-1]:.3f} on the validation images; {wanted:.3f} are asked for. Does "
        "the training accuracy say overfitting or underfitting?"
    )
