"""The checks of lab 3."""

import keras
import numpy as np
import pandas as pd

from lesson.check.answers import Choice, Number
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet
from lesson.check.networks import layers_of
from lesson.check.reading import array

count_block = Exercise(
    "Check the parameters of the last convolution and its batch normalisation.",
    asks="dc5550",
    convolution=Number(331_776, {
        3 * 3 * 192 * 192 + 192: "with `use_bias=False` there are no biases. You "
        "added 192 of them.",
        3 * 3 * 192: "that is one filter. There are 192.",
        3 * 3 * 96 * 192: "its input, the convolution before, has 192 filters, not 96.",
        192 * 192: "a filter has 3 × 3 weights for each channel.",
        3 * 192 * 192: "the window is 3 × 3, so it has nine places, not three.",
    }, "multiply height and width of the window, channels and filters."),
    normalisation=Number(768, {
        2 * 192: "two are learnt. It also keeps a mean and a variance for each "
        "channel.",
        192: "that is one number for each channel. It keeps four.",
        4: "there are four for *each* of the 192 channels.",
    }, "there are four numbers for each channel."),
    right="Compare the two: batch normalisation adds very few parameters.",
)


def _rate_at(place):
    """Return the answer that is the rate of a cosine from 0.1 to 0 at a place in it."""
    right = 0.05 * (1 + np.cos(np.pi * place))
    mistakes = {
        0.05 * (1 + np.cos(place)): "give the cosine π × t, not t alone.",
        0.1 * (1 + np.cos(np.pi * place)): "do not forget to divide by 2.",
        0.1 * (1 - place): "that is a straight line. The cosine is not straight.",
        0.05 * (1 - np.cos(np.pi * place)): "add the cosine; you subtracted it.",
    }
    if place == 0.5:  # there, the last two are right
        mistakes = dict([*mistakes.items()][:2])
    return Number(right, mistakes, f"put t = {place} into the formula.", within=0.0006)


read_schedule = Exercise(
    "Check two learning rates on a cosine from 0.1 down to 0.",
    asks="840082",
    half_way=_rate_at(0.5),
    three_quarters=_rate_at(0.75),
    right="In the last quarter of the way, the steps are very small.",
)

TEXT = 0.1  # the smoothing in the text above the question, for ten classes
OF_THE_TEXT = "Those are the numbers for the ten classes and the 0.1 of the text."
OF_TEN = "You shared the 0.2 out among ten classes. Here there are four."

smooth_labels = Exercise(
    "Check labels of four classes, smoothed by 0.2.",
    asks="3fc6db",
    right_class=Number(0.85, {
        1 - 0.2: "all four classes share the 0.2, the right one among them.",
        (1 - TEXT + TEXT / 10 - 0.001, 1 - TEXT + TEXT / 10 + 0.001): OF_THE_TEXT,
        1 - 0.2 + 0.2 / 10: OF_TEN,
        1: "that is still one-hot. Take 0.2 away from it.",
    }, "take 1 − 0.2, and add its share of the 0.2. All four add up to 1.",
    within=1e-6),
    other_class=Number(0.05, {
        TEXT / 10: OF_THE_TEXT,
        0.2 / 10: OF_TEN,
        (0.2 / (4 - 1) - 0.001, 0.2 / (4 - 1) + 0.001): "four classes share the "
        "0.2, not three.",
    }, "With your number, the right class and the three others do not add up "
    "to 1.", within=1e-6),
    together=[({"right_class": 0.05, "other_class": 0.85},
        "You have swapped the two: the right class keeps the larger part.")],
    right="0.85 + 3 × 0.05 = 1: the labels are still a share for each class.",
)

judge_ladder = Exercise(
    "Check how a series of experiments is read that adds one change at a time.",
    asks="453dd5",
    most=Choice("p",
        q="`most`: Q brought 0.05. Another step brought more.",
        r="`most`: R is high because of the steps above it. What did R itself add?",
        s="with S the accuracy fell."),
    no_evidence=Choice("r",
        p="`no_evidence`: 0.08 is far more than the spread of the seeds.",
        q="`no_evidence`: 0.05 is more than the spread of the seeds.",
        s="`no_evidence`: S lost 0.044, more than the spread of the seeds. That is "
        "evidence against it."),
    take_back=Choice("s",
        p="`take_back`: P brought the most.",
        q="`take_back`: Q brought 0.05.",
        r="it may be of no use, but it did no harm. Another step did."),
    right="Judge each step by its difference, and compare that with the spread of the "
    "seeds.",
)

ACCURACIES = (0.893, 0.897, 0.901, 0.905, 0.914)  # as the question has them
MEAN = sum(ACCURACIES) / 5


def _of_five(right, mistakes):
    """Return the answer that sums up the five accuracies."""
    per_cent = 100 * right - 0.06, 100 * right + 0.06
    mistakes = {per_cent: "give a share between 0 and 1, not per cent."} | mistakes
    return Number(right, mistakes, "use all five accuracies.", within=0.0001)


report_seeds = Exercise(
    "Check the mean, the lowest and the highest of five accuracies.",
    asks="1c24f0",
    mean=_of_five(MEAN, {
        0.901: "that is the median. Add all five, and divide by 5.",
        0.914: "that is the best. What is the mean of all five?",
        5 * MEAN: "that is the sum. Divide it by 5.",
        (min(ACCURACIES) + max(ACCURACIES)) / 2: "that is half-way from the "
        "lowest to the highest. Use all five.",
        sum(ACCURACIES[1:]) / 4: "a seed was left out. Bad ones count, too.",
    }),
    lowest=_of_five(min(ACCURACIES), {0.897: "there is a lower one."}),
    highest=_of_five(max(ACCURACIES), {0.905: "there is a higher one."}),
    right="Whoever trains it again can expect something in this range.",
)

SAMPLE = 1000  # of the validation images, to be quick
MARGIN = 0.02  # more than the seeds of the lesson's networks differ


@judge(asks="4514a3", baseline=0.668,
    # Ten images that differ in the place of a bright pixel
    val_images=(255 * np.eye(10, 3072)).astype("uint8").reshape(10, 32, 32, 3),
    val_labels=np.eye(10))
def beat_the_baseline(
    my_model=..., my_history=..., *, baseline, val_images, val_labels
):
    """Check that a network of the learner's own is better than the lesson's."""
    layers = layers_of(my_model)
    if not hasattr(my_model, "output_shape"):
        raise NotYet("`my_model` knows no shapes yet: begin with `keras.Input`.")
    if not layers or my_model.output_shape[1:] != (10,):
        raise NotYet("`my_model` should end in ten probabilities, one for each class.")
    if layers[-1][1] != "softmax":
        raise NotYet("The last layer of `my_model` has no softmax.")
    biases = [getattr(layer, "bias", None) for layer, _ in layers]
    biases = [bias for bias in biases if bias is not None]
    if biases and not np.any(keras.ops.convert_to_numpy(biases[-1])):
        raise NotYet("`my_model` has learnt nothing yet. Train it with `fit`.")
    history = my_history
    if isinstance(history, keras.callbacks.History):
        model, history = history.model, history.history
        if model is not None and model.count_params() != my_model.count_params():
            raise NotYet("`my_history` is that of another model.")
    if not isinstance(history, dict | pd.DataFrame):
        raise NotYet("`my_history` should be what `fit` returns.")
    if "val_accuracy" not in history:
        raise NotYet("`my_history` has no `val_accuracy`. Give `fit` validation data, "
            "and `compile` the metric \"accuracy\".")
    values = array(history["val_accuracy"], "`val_accuracy`").ravel()
    if len(values) == 0 or not np.all((values >= 0) & (values <= 1)):
        raise NotYet("`my_history`: its accuracies are not shares from 0 to 1.")
    seen = my_model.predict(val_images[:SAMPLE], verbose=0).argmax(axis=1)
    accuracy = np.mean(seen == val_labels[:SAMPLE].argmax(axis=1))
    if accuracy < values[-1] - 0.05:
        raise NotYet(f"Your history ends at {values[-1]:.3f}, but `my_model` has "
            f"{accuracy:.3f} on validation images. Hand over a model and a history "
            "that belong together.")
    wanted = baseline + MARGIN
    if values[-1] >= wanted - 1e-9:
        return (f"Your network has {values[-1]:.3f} on the validation images, and the "
            f"dropout network has {baseline:.3f}. Now train it with two more seeds.")
    if values.max() >= wanted:
        raise NotYet(f"It reached {values.max():.3f}, but ended at {values[-1]:.3f}. "
            "What would let it settle: a rate that falls, or stopping early?")
    raise NotYet(f"Your network has {values[-1]:.4f} on the validation images, and "
        f"{wanted:.4f} is asked for. Does its training accuracy point to overfitting "
        "or to underfitting?")
