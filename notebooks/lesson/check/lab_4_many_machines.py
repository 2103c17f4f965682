"""The checks of lab 4."""

from lesson.check.answers import Number, Words
from lesson.check.exercise import Exercise

plan_series = Exercise(
    "Check how long a series takes with 8 and 16 workers, and how many it can use.",
    asks="24536c",
    with_8=Number(160, {
        40 / 8 * 30: "the start of the workers is missing.",
        40 * 30: "eight workers train at the same time.",
        10 + 40 * 30: "eight workers train at the same time.",
    }, "count the rounds of 8 runs, and add the start."),
    with_16=Number(100, {
        10 + 40 / 16 * 30: "a worker cannot do half a run, so the last round "
        "takes as long as the others.",
        40 / 16 * 30: "a worker cannot do half a run, and the start is missing.",
        3 * 30: "the start of the workers is missing.",
        10 + 2 * 30: "two rounds are enough for 32 runs only.",
    }, "count the rounds of 16 runs, and add the start."),
    enough_workers=Number(40, {
        40 + 1: "the last of them would have nothing to do.",
        40 / 2: "with 20 workers there are two rounds. Can it be one?",
    }, "when does each worker do a single run?"),
    right="Runs come in rounds, and the last round may be half empty.",
)

name_limit = Exercise(
    "Check what limits each of three series.",
    asks="319078",
    series_a=Words("longest run", {
        "scheduler": "20 runs keep no scheduler busy. When does the last run end?",
        "data": "nothing was said about its data. When does the last run end?",
    }),
    series_b=Words("scheduler", {
        "longest run": "all of its runs are equally short.",
        "data": "nothing was said about its data. How long is the scheduler busy?",
    }),
    series_c=Words("data", {
        "longest run": "each of its runs takes a minute. How long are 400 gigabytes on "
        "their way?",
        "scheduler": "it has only 200 runs. How long are 400 gigabytes on their way?",
    }),
    right="What is in the way decides what helps: longer runs, or data that are there "
    "before.",
)

count_epochs = Exercise(
    "Check how many epochs successive halving takes, and how many the whole grid.",
    asks="b315fc",
    halving_epochs=Number(81, {
        27 + 9 + 3: "you have counted settings. How many epochs does each of "
        "them train in its round?",
        1 + 3 + 9: "you have added the epochs of single settings. How many settings "
        "are there in each round?",
        27 * 9: "only those that are left train for nine epochs.",
    }, "multiply settings by epochs in each round, and add them up."),
    grid_epochs=Number(243, {
        27: "each setting trains for nine epochs.",
    }, "multiply the settings by the epochs."),
    right="That is a third. With each further round, halving saves more.",
)
