"""The checks of lab 4."""

from lesson.check.answers import Number, Words
from lesson.check.exercise import Exercise

plan_series = Exercise(
    "Check how long a series takes with 8 and 16 workers, and how many it can use.",
    asks="24536c",
    with_8=Number(160, {
        150: "`with_8`: the start of the workers is missing.",
        1200: "`with_8`: eight workers train at the same time.",
        1210: "`with_8`: eight workers train at the same time.",
    }, "`with_8`: count the rounds of 8 runs, and add the start."),
    with_16=Number(100, {
        85: "`with_16`: a worker cannot do half a run, so the last round takes as long "
        "as the others.",
        75: "`with_16`: a worker cannot do half a run, and the start is missing.",
        90: "`with_16`: the start of the workers is missing.",
        70: "`with_16`: two rounds are enough for 32 runs only.",
    }, "`with_16`: count the rounds of 16 runs, and add the start."),
    enough_workers=Number(40, {
        41: "`enough_workers`: the last of them would have nothing to do.",
        20: "`enough_workers`: with 20 workers there are two rounds. Can it be one?",
    }, "`enough_workers`: when does each worker do a single run?"),
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
        39: "`halving_epochs`: you have counted settings. How many epochs does each of "
        "them train in its round?",
        13: "`halving_epochs`: you have added the epochs of single settings. How many "
        "settings are there in each round?",
        243: "`halving_epochs`: only those that are left train for nine epochs.",
    }, "`halving_epochs`: multiply settings by epochs in each round, and add them up."),
    grid_epochs=Number(243, {
        27: "`grid_epochs`: each setting trains for nine epochs.",
    }, "`grid_epochs`: multiply the settings by the epochs."),
    right="That is a third. With each further round, halving saves more.",
)
