"""The checks of lab 1."""

import math

from lesson.check.answers import Choice, Number, Words
from lesson.check.exercise import Exercise

RATES = (0.0001, 0.1, 10)  # as the question has them


def _rate(right, reason):
    """Return the answer that is one of the three rates."""
    wrong = dict.fromkeys(set(RATES) - {right}, reason)
    other = "it should be one of the rates 0.0001, 0.1 and 10."
    return Number(right, wrong, other, within=1e-8)


read_rates = Exercise(
    "Check which of three learning rates belongs to which training.",
    asks="817b94",
    rate_u=_rate(10, "its first loss is enormous, then nothing moves. Too long a "
    "step?"),
    rate_v=_rate(0.1, "its loss falls in each epoch. This is the rate that learns."),
    rate_w=_rate(0.0001, "its loss moves in the right direction, by almost nothing. Is "
    "that a long step or a short one?"),
    right="Exploded, learning, and hardly moving: three signs to remember.",
)

fair_optimizers = Exercise(
    "Check what is wrong with a comparison of two optimizers.",
    asks="120eff",
    weakest=Choice("b",
        a="Five epochs are few, but they do say who was faster at first. Something "
        "else decides who that is.",
        c="That would be no equal chance. What did SGD need in the plot above?",
        d="Validation accuracy is what we are after, whoever trained it.",
        e="0.28 is large: far more than seeds differ. But what is it due to?"),
    right="Fair is the same effort to find a good rate for each of them.",
)

LOWEST = 0.0003  # of the five rates in the table above the question
NEXT = "name one of the five rates."

choose_rate = Exercise(
    "Check which rate is chosen for batches of 256, from a finder and five seeds.",
    asks="cb5bec",
    by_finder=Number(0.003, {
        LOWEST: "even ten times as much is far below 0.023.",
        0.001: "0.023 is more than ten times this rate.",
        0.01: "0.023 is only about twice this rate. Take one further below it.",
        0.03: "that is *above* 0.023.",
    }, NEXT, within=1e-6),
    take=Number(0.003, {
        LOWEST: "it learns, but slowly. Eight epochs are too few for it.",
        0.001: "that suits batches of 32. Which rate has the best mean here?",
        0.01: "its mean is lower. Only the luckiest of its networks does well.",
        0.03: "with it, no network has learnt anything.",
    }, NEXT, within=1e-6),
    by_luck=Number(0.01, {
        LOWEST: "its dots lie close together. Which ones lie far apart?",
        0.001: "its dots lie close together. Which ones lie far apart?",
        0.003: "its networks all do well. With which rate does only one do well?",
        0.03: "its networks all fail alike. That does not depend on the seed.",
    }, NEXT, within=1e-6),
    right="The finder tells where to look, and the seeds tell which rate to trust.",
)

LESS_NOISY = "larger batches are *less* noisy, not more."

plan_batches = Exercise(
    "Check the steps of a training run, and the noise of a larger batch.",
    asks="78e825",
    steps=Number(6_250, {
        40_000 / 64: "that is one epoch. There are ten.",
        64 * 10: "batch size times epochs. How many batches are 40,000 images?",
        40_000 * 10: "those are images. A step takes 64 of them.",
        40_000 / 32 * 10: "that would be with batches of 32.",
    }, "images divided by the batch size, times the epochs."),
    spread=Number(0.4, {
        0.8 / (256 / 64): "divided by four. It goes with the square *root* of four.",
        0.8: "larger batches are less noisy.",
        0.8 * math.sqrt(256 / 64): LESS_NOISY,
        0.8 * 256 / 64: LESS_NOISY,
        0.8 / math.sqrt(256): "compare the two sizes. 256 is four times 64.",
    }, "`spread`: 0.8, divided by the square root of 256 / 64."),
    right="Four times the work in a step, and half the noise.",
)

choose_plan = Exercise(
    "Check the remedies for three training runs.",
    asks="023e68",
    first=Words("larger rate", {
        "smaller rate": "it would be slower still. The steps are too short.",
        "schedule": "to end with smaller steps helps only who has got somewhere.",
    }),
    second=Words("schedule", {
        "larger rate": "it already jumps. Longer steps would jump further.",
        "smaller rate": "that settles it, but slows it from the start. What does both?",
    }),
    third=Words("smaller rate", {
        "larger rate": "the loss has exploded already.",
        "schedule": "it fails in the first epoch; a schedule lowers the rate later.",
    }),
    right="Slow, unsettled, exploded: each has its own remedy.",
)
