"""The checks of notebook 01."""

from lesson.check.answers import Number, Order
from lesson.check.exercise import Exercise

order_steps = Exercise(
    "Check the order of six of the ten steps, as a text of six letters.",
    asks="4cdf84",
    order=Order("CFBDAE", {
        "CF": "C comes before F: we prepare the data first, then build a network "
        "for them.",
        "FB": "F comes before B: we build the network, and then choose how it learns.",
        "BD": "B comes before D: training needs a loss function and an optimizer.",
        "DA": "D comes before A: before the training, a network can only guess.",
        "AE": "A comes before E: we measure how many of the predictions are right.",
    }),
    right="The data come first, then the network, its loss and optimizer, the "
    "training, the predictions and, at the end, the measurement.",
)


ASK = "`{}` {}. Which heading says so, and what is its number?"
STEPS = (
    ("compile", 5, "tells the network its loss function and its optimizer"),
    ("fit", 6, "trains the network"),
    ("predict", 7, "gives the answers for some photos"),
    ("evaluate", 8, "measures the performance"),
)

find_steps = Exercise(
    "Check which steps compile, fit, predict and evaluate take, as four numbers.",
    asks="c46dd1",
    **{
        f"{method}_step": Number(right, otherwise=ASK.format(method, does))
        for method, right, does in STEPS
    },
    right="There is one method for each of these four steps.",
)


def _times_better(accuracy):
    return Number(accuracy / 0.1, {
        accuracy: "That is the accuracy itself. A guess is right in one case out of "
        "ten. How many times better is your network?",
        round(accuracy, 2) / 0.1: "You divided the rounded accuracy. Write "
        "`accuracy` instead, so that Python uses all its digits.",
        accuracy / 0.1 - 1: "You subtracted 1. Leave that out: two times better "
        "means twice the accuracy.",
        accuracy - 0.1: "That is the difference. How many *times* better is it?",
        accuracy * 0.1: "You multiplied. Divide by the accuracy of guessing.",
        0.1 / accuracy: "It is the other way round: divide the network's accuracy by "
        "that of guessing.",
        accuracy / 0.5: "You divided by 0.5, as if for two classes. There are ten.",
        accuracy * 100: "That is the accuracy in per cent. How many times better "
        "than guessing is it?",
    }, "Divide the network's accuracy by that of guessing, which is one in ten.")


better_than_guessing = Exercise(
    "Check how many times better than guessing among ten classes an accuracy is.",
    asks="2a61fb",
    given={"accuracy": 0.484},
    times_better=_times_better,
    right="An accuracy means little until we compare it with guessing.",
)
