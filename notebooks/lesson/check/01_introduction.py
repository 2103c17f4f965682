"""The checks of notebook 01."""

from lesson.check.answers import Number, Order
from lesson.check.exercise import Exercise

order_steps = Exercise(
    "Check the order of six of the ten steps, as a text of six letters.",
    asks="4cdf84",
    order=Order("CFBDAE", {
        "CF": "C comes before F: first the data, then a network that fits them.",
        "FB": "F comes before B: the network is built first, then how it learns.",
        "BD": "B comes before D: training needs a loss function and an optimizer.",
        "DA": "D comes before A: untrained, a network only guesses.",
        "AE": "A comes before E: we measure how many of the predictions are right.",
    }),
    right="Data, network, loss and optimizer, training, predictions, measurement.",
)


def _step(method, right, does):
    words = f"`{method}` {does}. Which heading says that, with which number?"
    return Number(right, otherwise=words)


find_steps = Exercise(
    "Check which steps compile, fit, predict and evaluate take, as four numbers.",
    asks="c46dd1",
    compile_step=_step("compile", 5, "tells the network its loss function and its "
    "optimizer"),
    fit_step=_step("fit", 6, "trains the network"),
    predict_step=_step("predict", 7, "answers for given photos"),
    evaluate_step=_step("evaluate", 8, "measures the performance"),
    right="Four steps, and a method for each.",
)


def _times_better(accuracy):
    return Number(accuracy / 0.1, {
        accuracy: "That is the accuracy itself. Guessing is right in one case out of "
        "ten: how often does that go into it?",
        round(accuracy, 2) / 0.1: "You divided the rounded accuracy. Write the name "
        "`accuracy`, for Python to take all its digits.",
        accuracy / 0.1 - 1: "That is how many times *more*. Do not subtract 1.",
        accuracy - 0.1: "So much *more* is it right. How many *times* as often?",
        accuracy * 0.1: "Divide by the accuracy of guessing; you multiplied.",
        0.1 / accuracy: "The other way round: the network's accuracy by that of "
        "guessing.",
        accuracy / 0.5: "You divided by 0.5, as if for two classes. There are ten.",
        accuracy * 100: "That is the accuracy in per cent. How many times that of "
        "guessing?",
    }, "Divide the network's accuracy by that of guessing: one in ten.")


better_than_guessing = Exercise(
    "Check how many times better than guessing among ten classes an accuracy is.",
    asks="2a61fb",
    given={"accuracy": 0.484},
    times_better=_times_better,
    right="An accuracy means something only beside that of guessing.",
)
