"""The checks of notebook 06."""

from lesson.check.answers import Choice, Number, Words
from lesson.check.exercise import Exercise

RATES = (0.0001, 0.1, 10)  # as the question has them


def _rate(name, right, reason):
    """Return the answer that is one of the three rates."""
    wrong = {rate: f"`{name}`: {reason}" for rate in RATES if rate != right}
    other = f"`{name}` should be one of the rates 0.0001, 0.1 and 10."
    return Number(right, wrong, other, within=1e-8)


read_rates = Exercise(
    "Check which of three learning rates belongs to which training.",
    rate_u=_rate(
        "rate_u",
        10,
        "its first loss is enormous, then nothing moves. What throws the weights so "
        "far off?",
    ),
    rate_v=_rate(
        "rate_v", 0.1, "its loss falls in each epoch. This is the rate that learns."
    ),
    rate_w=_rate(
        "rate_w",
        0.0001,
        "its loss moves in the right direction, by almost nothing. Is that a long "
        "step or a short one?",
    ),
    right="Exploded, learning, and hardly moving: three signs to remember.",
)

use_finder = Exercise(
    "Check how the table of a learning-rate finder is read.",
    lowest_at=Number(
        0.01,
        {
            (3.61, 3.63): "`lowest_at`: that is the loss. At which rate was it "
            "reached?",
            1: "`lowest_at`: there the loss is no number any more.",
            0.1: "`lowest_at`: there it rises again. It was lower before.",
        },
        "`lowest_at`: look for the smallest number in the second row.",
        within=1e-6,
    ),
    train_with=Number(
        (0.00099, 0.004),
        {
            0.01: "`train_with`: that is the lowest point itself, at the edge. The "
            "rule takes a rate below it.",
            0.1: "`train_with`: that is *above* the lowest point.",
            (0, 0.0005): "`train_with`: there the loss has hardly begun to fall.",
        },
        "`train_with`: between a tenth and a third of the lowest point.",
        within=1e-6,
    ),
    right="Below the edge, where the loss falls well.",
)

fair_optimizers = Exercise(
    "Check what is wrong with a comparison of two optimizers.",
    weakest=Choice(
        "b",
        {
            "a": "Five epochs are few, but they do say who was faster at first. "
            "Something else decides who that is.",
            "c": "Then they would not have had the same chance. What did SGD need in "
            "the plot above?",
            "d": "Accuracy on validation images is what we are after, whoever trained "
            "the network.",
            "e": "0.28 is large: far more than seeds differ. But what is it due to?",
        },
    ),
    right="Fair is the same effort to find a good rate for each of them.",
)

LESS_NOISY = "`spread`: larger batches are *less* noisy, not more."

plan_batches = Exercise(
    "Check the steps of a training, and the noise of a larger batch.",
    steps=Number(
        6_250,
        {
            625: "`steps`: that is one epoch. There are ten.",
            640: "`steps`: batch size times epochs. How many batches are 40,000 "
            "images?",
            400_000: "`steps`: those are images. A step takes 64 of them.",
            12_500: "`steps`: that would be with batches of 32.",
        },
        "`steps`: images divided by the batch size, times the epochs.",
    ),
    spread=Number(
        0.4,
        {
            0.2: "`spread`: divided by four. It goes with the square *root* of four.",
            0.8: "`spread`: larger batches are less noisy.",
            1.6: LESS_NOISY,
            3.2: LESS_NOISY,
            0.05: "`spread`: compare the two sizes. 256 is four times 64.",
        },
        "`spread`: 0.8, divided by the square root of 256 / 64.",
        within=0.001,
    ),
    right="Four times the work in a step, and half the noise.",
)

choose_plan = Exercise(
    "Check the remedies for three trainings.",
    first=Words(
        "larger rate",
        {
            "smaller rate": "`first`: it would be slower still. The steps are too "
            "short.",
            "schedule": "`first`: to end with smaller steps helps only who has got "
            "somewhere.",
        },
    ),
    second=Words(
        "schedule",
        {
            "larger rate": "`second`: it already jumps. Longer steps would jump "
            "further.",
            "smaller rate": "`second`: that would settle it, but slow it down from "
            "the start. What gives you both?",
        },
    ),
    third=Words(
        "smaller rate",
        {
            "larger rate": "`third`: the loss has exploded already.",
            "schedule": "`third`: it does not survive the first epoch, and a schedule "
            "lowers the rate later.",
        },
    ),
    right="Slow, unsettled, exploded: each has its own remedy.",
)
