"""The checks of notebook 01."""

from lesson.check.feedback import NotYet, exercise, match_number, number

STEPS = "ABCDEF"  # as the question letters them

# Pairs in the right order, and what to say to whoever swaps them
ORDER = {
    "CF": "C comes before F: first we prepare the data, then we build a network that "
    "fits them.",
    "FB": "F comes before B: the network is built first; how it learns is chosen then.",
    "BD": "B comes before D: training needs a loss function and an optimizer.",
    "FD": "F comes before D: there has to be a network before it can be trained.",
    "CD": "C comes before D: the data have to be ready before training.",
    "DA": "D comes before A: before training, a network's answers are only guesses.",
    "AE": "A comes before E: we measure how many of the predictions are right.",
}


@exercise
def order_steps(order=...):
    """Check the order of six of the ten steps, as a text of six letters."""
    if isinstance(order, list | tuple):
        order = "".join(str(letter) for letter in order)
    if not isinstance(order, str):
        raise NotYet('Write the six letters as one text in quotes, such as "ABCDEF".')
    letters = [letter for letter in order.upper() if letter.isalpha()]
    if sorted(letters) != list(STEPS):
        raise NotYet("Each of the letters A to F should stand there exactly once.")
    for pair, reason in ORDER.items():
        if letters.index(pair[0]) > letters.index(pair[1]):
            raise NotYet(reason)
    return "Data, network, loss and optimizer, training, predictions, measurement."


# The steps of the four methods
METHODS = {"compile": 5, "fit": 6, "predict": 7, "evaluate": 8}


@exercise
def find_steps(compile_step=..., fit_step=..., predict_step=..., evaluate_step=...):
    """Check which steps compile, fit, predict and evaluate take, as four numbers."""
    steps = (compile_step, fit_step, predict_step, evaluate_step)
    does = {
        "compile": "tells the network its loss function and its optimizer",
        "fit": "trains the network",
        "predict": "answers for given photos",
        "evaluate": "measures the performance",
    }
    for step, (method, right) in zip(steps, METHODS.items(), strict=True):
        if number(step, f"The step of `{method}`") != right:
            raise NotYet(
                f"`{method}` {does[method]}. Which heading above says that, and what "
                "is its number?"
            )
    return "Four steps, and a method for each."


@exercise
def better_than_guessing(times_better=..., *, accuracy):
    """Check how many times better than guessing among ten classes an accuracy is."""
    match_number(
        times_better,
        accuracy / 0.1,
        {
            accuracy: "That is the accuracy itself. Guessing is right in one case "
            "out of ten: how often does that go into it?",
            round(accuracy, 2) / 0.1: "You divided the rounded accuracy. Write the "
            "name `accuracy`, for Python to take all its digits.",
            accuracy / 0.1 - 1: "That is how many times *more*. Do not subtract 1.",
            accuracy - 0.1: "That is how much *more* often it is right. How many "
            "*times* as often? Divide.",
            accuracy * 0.1: "Divide by the accuracy of guessing; you multiplied.",
            0.1 / accuracy: "The other way round: divide the network's accuracy by "
            "that of guessing.",
            accuracy / 0.5: "You divided by 0.5, as if there were two classes. There "
            "are ten.",
            accuracy * 100: "That is the accuracy in per cent. How many times the "
            "accuracy of guessing is it?",
        },
        "Divide the network's accuracy by that of guessing, which is right in one "
        "case out of ten.",
    )
    return "An accuracy means something only beside that of guessing."
