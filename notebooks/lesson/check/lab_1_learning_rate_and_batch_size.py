"""The checks of lab 1."""

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

use_finder = Exercise(
    "Check how the table of a learning-rate finder is read.",
    asks="ce706f",
    lowest_at=Number(0.01, {
        (3.61, 3.63): "that is the loss. At which rate was it reached?",
        1: "there the loss is no number any more.",
        0.1: "there it rises again. It was lower before.",
    }, "look for the smallest number in the second row.", within=1e-6),
    train_with=Number((0.00099, 0.004), {
        0.01: "that is the lowest point, at the edge. Take a rate below it.",
        0.1: "that is *above* the lowest point.",
        (0, 0.0005): "there the loss has hardly begun to fall.",
    }, "between a tenth and a third of the lowest point.", within=1e-6),
    right="Below the edge, where the loss falls well.",
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

LESS_NOISY = "`spread`: larger batches are *less* noisy, not more."

plan_batches = Exercise(
    "Check the steps of a training, and the noise of a larger batch.",
    asks="8bac92",
    steps=Number(6_250, {
        625: "that is one epoch. There are ten.",
        640: "batch size times epochs. How many batches are 40,000 images?",
        400_000: "those are images. A step takes 64 of them.",
        12_500: "that would be with batches of 32.",
    }, "images divided by the batch size, times the epochs."),
    spread=Number(0.4, {
        0.2: "divided by four. It goes with the square *root* of four.",
        0.8: "larger batches are less noisy.",
        1.6: LESS_NOISY,
        3.2: LESS_NOISY,
        0.05: "compare the two sizes. 256 is four times 64.",
    }, "`spread`: 0.8, divided by the square root of 256 / 64.", within=0.001),
    right="Four times the work in a step, and half the noise.",
)

choose_plan = Exercise(
    "Check the remedies for three trainings.",
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
