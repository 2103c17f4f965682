"""The checks of notebook 06."""

import math

from lesson.check.feedback import (
    NotYet,
    choose,
    exercise,
    is_close,
    match_number,
    number,
)


@exercise
def read_rates(rate_u=..., rate_v=..., rate_w=...):
    """Check which of three learning rates belongs to which training."""
    rights = {
        "rate_u": (rate_u, 10, "its first loss is enormous, then nothing moves. What "
        "throws the weights so far off?"),
        "rate_v": (rate_v, 0.1, "its loss falls in each epoch. This is the rate that "
        "learns."),
        "rate_w": (rate_w, 0.0001, "its loss moves in the right direction, by almost "
        "nothing. Is that a long step or a short one?"),
    }  # fmt: skip
    rates = [0.0001, 0.1, 10]
    for name, (answer, right, reason) in rights.items():
        value = number(answer, f"`{name}`")
        if not any(math.isclose(value, rate, rel_tol=1e-6) for rate in rates):
            raise NotYet(f"`{name}` should be one of the rates 0.0001, 0.1 and 10.")
        if not math.isclose(value, right, rel_tol=1e-6):
            raise NotYet(f"`{name}`: {reason}")
    return "Exploded, learning, and hardly moving: three signs to remember."


LOSSES = {1e-5: 4.61, 1e-4: 4.60, 1e-3: 4.31, 1e-2: 3.62, 1e-1: 3.95}  # as asked


@exercise
def use_finder(lowest_at=..., train_with=...):
    """Check how the table of a learning-rate finder is read."""
    lowest = number(lowest_at, "`lowest_at`")
    chosen = number(train_with, "`train_with`")
    if is_close(lowest, min(LOSSES.values())):
        raise NotYet("`lowest_at`: that is the loss. At which rate was it reached?")
    if math.isclose(lowest, 1):
        raise NotYet("`lowest_at`: there the loss is no number any more.")
    if math.isclose(lowest, 0.1):
        raise NotYet("`lowest_at`: there it rises again. It was lower before.")
    if not math.isclose(lowest, 0.01, rel_tol=1e-6):
        raise NotYet("`lowest_at`: look for the smallest number in the second row.")
    if math.isclose(chosen, 0.01, rel_tol=1e-6):
        raise NotYet(
            "`train_with`: that is the lowest point itself, at the edge. The rule "
            "takes a rate below it."
        )
    if math.isclose(chosen, 0.1, rel_tol=1e-6):
        raise NotYet("`train_with`: that is *above* the lowest point.")
    if chosen < 0.0005:
        raise NotYet("`train_with`: there the loss has hardly begun to fall.")
    if not 0.00099 <= chosen <= 0.004:
        raise NotYet("`train_with`: between a tenth and a third of the lowest point.")
    return "Below the edge, where the loss falls well."


@exercise
def fair_optimizers(weakest=...):
    """Check what is wrong with a comparison of two optimizers."""
    return choose(
        weakest,
        "b",
        {
            "a": "Five epochs are few, but they do say who was faster at first. "
            "Something else decides who that is.",
            "b": "Fair is the same effort to find a good rate for each of them.",
            "c": "Then they would not have had the same chance. What did SGD need in "
            "the plot above?",
            "d": "Accuracy on validation images is what we are after, whoever trained "
            "the network.",
            "e": "0.28 is large: far more than seeds differ. But what is it due to?",
        },
    )


@exercise
def plan_batches(steps=..., spread=...):
    """Check the steps of a training, and the noise of a larger batch."""
    match_number(
        steps,
        6_250,
        {
            625: "`steps`: that is one epoch. There are ten.",
            640: "`steps`: batch size times epochs. How many batches are 40,000 "
            "images?",
            400_000: "`steps`: those are images. A step takes 64 of them.",
            12_500: "`steps`: that would be with batches of 32.",
        },
        "`steps`: images divided by the batch size, times the epochs.",
        what="`steps`",
    )
    value = number(spread, "`spread`")
    mistakes = {
        0.2: "`spread`: divided by four. It goes with the square *root* of four.",
        0.8: "`spread`: larger batches are less noisy.",
        1.6: "`spread`: larger batches are *less* noisy, not more.",
        3.2: "`spread`: larger batches are *less* noisy, not more.",
        0.05: "`spread`: compare the two sizes. 256 is four times 64.",
    }
    if abs(value - 0.4) <= 0.001:
        return "Four times the work in a step, and half the noise."
    for mistake, reason in mistakes.items():
        if abs(value - mistake) <= 0.001:
            raise NotYet(reason)
    raise NotYet("`spread`: 0.8, divided by the square root of 256 / 64.")


REMEDIES = ("larger rate", "smaller rate", "schedule")
PLAN = {
    "first": (
        "larger rate",
        {
            "smaller rate": "it would be slower still. The steps are too short.",
            "schedule": "to end with smaller steps helps only who has got somewhere.",
        },
    ),
    "second": (
        "schedule",
        {
            "larger rate": "it already jumps. Longer steps would jump further.",
            "smaller rate": "that would settle it, but slow it down from the start. "
            "What gives you both?",
        },
    ),
    "third": (
        "smaller rate",
        {
            "larger rate": "the loss has exploded already.",
            "schedule": "it does not survive the first epoch, and a schedule lowers "
            "the rate later.",
        },
    ),
}


@exercise
def choose_plan(first=..., second=..., third=...):
    """Check the remedies for three trainings."""
    answers = {"first": first, "second": second, "third": third}
    for name, answer in answers.items():
        right, reasons = PLAN[name]
        words = answer.strip().lower() if isinstance(answer, str) else None
        if words not in REMEDIES:
            raise NotYet(
                f'`{name}` should be one of "larger rate", "smaller rate" and '
                '"schedule".'
            )
        if words != right:
            raise NotYet(f"`{name}`: {reasons[words]}")
    return "Slow, unsettled, exploded: each has its own remedy."
