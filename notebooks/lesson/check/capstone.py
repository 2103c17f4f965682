"""The checks of notebook 08."""

import keras
import numpy as np
import pandas as pd

from lesson.check.feedback import (
    NotYet,
    choose,
    exercise,
    layers_of,
    match_number,
    number,
)


@exercise
def count_block(convolution=..., normalisation=...):
    """Check the parameters of the last convolution and its batch normalisation."""
    match_number(
        convolution,
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
        what="`convolution`",
    )
    match_number(
        normalisation,
        768,
        {
            384: "`normalisation`: those are the two that are learnt. It also keeps a "
            "mean and a variance for each channel.",
            192: "`normalisation`: that is one number a channel. It keeps four.",
            4: "`normalisation`: four for *each* of the 192 channels.",
        },
        "`normalisation`: four numbers for each channel.",
        what="`normalisation`",
    )
    return "Compare the two: batch normalisation costs next to nothing."


@exercise
def read_schedule(half_way=..., three_quarters=...):
    """Check two learning rates on a cosine from 0.1 down to 0."""
    for name, answer, place in (
        ("half_way", half_way, 0.5),
        ("three_quarters", three_quarters, 0.75),
    ):
        value = number(answer, f"`{name}`")
        right = 0.05 * (1 + np.cos(np.pi * place))
        mistakes = {
            0.05 * (1 + np.cos(place)): "NumPy's cosine wants π × t, and you gave it "
            "t alone.",
            0.1 * (1 + np.cos(np.pi * place)): "do not forget to divide by 2.",
            0.1 * (1 - place): "that is a straight line. The cosine is not straight.",
            0.05 * (1 - np.cos(np.pi * place)): "plus the cosine; you took it away.",
        }
        if abs(value - right) <= 0.0006:
            continue
        for mistake, reason in mistakes.items():
            if abs(value - mistake) <= 0.0006:
                raise NotYet(f"`{name}`: {reason}")
        raise NotYet(f"`{name}`: put t = {place} into the formula.")
    return "In the last quarter of the way, the steps are very small."


@exercise
def smooth_labels(right_class=..., other_class=...):
    """Check labels of four classes, smoothed by 0.2."""
    right = number(right_class, "`right_class`")
    other = number(other_class, "`other_class`")
    if abs(right - 0.85) < 1e-6 and abs(other - 0.05) < 1e-6:
        return "0.85 + 3 × 0.05 = 1: the labels are still a share for each class."
    if abs(right - 0.05) < 1e-6 and abs(other - 0.85) < 1e-6:
        raise NotYet("The other way round: the right class keeps the larger part.")
    if abs(right - 0.8) < 1e-6:
        raise NotYet(
            "`right_class`: the 0.2 are shared out among all four classes, the right "
            "one among them. It gets its part back."
        )
    if abs(right - 0.91) < 0.001 or abs(other - 0.01) < 1e-6:
        raise NotYet("Those are the numbers of the text: ten classes and 0.1.")
    if abs(right - 0.82) < 1e-6 or abs(other - 0.02) < 1e-6:
        raise NotYet("You shared the 0.2 out among ten classes. Here there are four.")
    if abs(right - 1) < 1e-6:
        raise NotYet("`right_class`: that is one-hot still. Take 0.2 of it away.")
    if abs(right - 0.85) < 1e-6 and abs(other - 0.2 / 3) < 0.001:
        raise NotYet("`other_class`: 0.2 is shared out among four classes, not three.")
    if abs(right + 3 * other - 1) > 1e-6:
        raise NotYet("One right class and three others do not add up to 1 here.")
    raise NotYet("`right_class`: 1 − 0.2, and its share of the 0.2.")


@exercise
def judge_ladder(most=..., no_evidence=..., take_back=...):
    """Check how a series of experiments is read that adds one change at a time."""
    choose(
        most,
        "p",
        {
            "p": "",
            "q": "`most`: Q brought 0.05. Another step brought more.",
            "r": "`most`: R stands highest but one, because of the steps above it. "
            "What did it add to them?",
            "s": "`most`: with S the accuracy fell.",
        },
        "`most`",
    )
    choose(
        no_evidence,
        "r",
        {
            "p": "`no_evidence`: 0.08 is far more than the spread of the seeds.",
            "q": "`no_evidence`: 0.05 is more than the spread of the seeds.",
            "r": "",
            "s": "`no_evidence`: 0.044 less is more than the spread of the seeds: "
            "evidence against it.",
        },
        "`no_evidence`",
    )
    choose(
        take_back,
        "s",
        {
            "p": "`take_back`: P brought the most.",
            "q": "`take_back`: Q brought 0.05.",
            "r": "`take_back`: it may be of no use, but it did no harm. Another step "
            "did.",
            "s": "",
        },
        "`take_back`",
    )
    return "Each step is judged by its difference, held against the spread."


ACCURACIES = (0.893, 0.897, 0.901, 0.905, 0.914)  # as the question has them


@exercise
def report_seeds(mean=..., lowest=..., highest=...):
    """Check the mean, the lowest and the highest of five accuracies."""
    rights = {
        "mean": (mean, sum(ACCURACIES) / 5),
        "lowest": (lowest, min(ACCURACIES)),
        "highest": (highest, max(ACCURACIES)),
    }
    mistakes = {
        "mean": {
            0.901: "that is the one in the middle, the median. Add all five, and "
            "divide by 5.",
            0.914: "that is the best. What is the mean of all five?",
            sum(ACCURACIES): "that is the sum. Divide it by 5.",
            0.9035: "that is half-way between lowest and highest. Take all five.",
            sum(ACCURACIES[1:]) / 4: "a seed was left out. Bad ones count, too.",
        },
        "lowest": {0.897: "there is a lower one."},
        "highest": {0.905: "there is a higher one."},
    }
    for name, (answer, right) in rights.items():
        value = number(answer, f"`{name}`")
        if abs(value - right) <= 0.0001:
            continue
        if abs(value - 100 * right) <= 0.06:
            raise NotYet(f"`{name}`: give a share between 0 and 1, not per cent.")
        for mistake, reason in mistakes[name].items():
            if abs(value - mistake) <= 0.0001:
                raise NotYet(f"`{name}`: {reason}")
        raise NotYet(f"`{name}`: it should be that of all five accuracies.")
    return "Whoever trains it again can expect something in this range."


MARGIN = 0.02  # more than the seeds of the lesson's networks differ


@exercise
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
