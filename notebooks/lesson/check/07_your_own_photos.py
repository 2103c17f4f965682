"""The checks of notebook 07 on your own photos."""

from lesson.check.answers import Choice, Number, Words
from lesson.check.exercise import Exercise

split_duplicates = Exercise(
    "Check into which set the last photo of a dog goes.",
    asks="342742",
    answer=Choice("c",
        a="The network has learnt from nine photos of Rex. It may recognise Rex "
        "rather than his breed, so this does not test it on new dogs.",
        b="We decide by the validation set. With Rex in it, a network that knows Rex "
        "by heart looks better than it is.",
        d="By chance, Rex ends up in two sets most of the time. Which photos have to "
        "stay together?",
        e="Ten photos of a dog teach more than one. They only have to stay together."),
    right="All photos of one subject stay in the same set, since the network will meet "
    "new dogs.",
)

choose_layers = Exercise(
    "Check which layers are trained in three cases.",
    asks="52f38d",
    first=Words("frozen", {
        "fine-tuned": "it may well help, even here. But no photo is left to measure "
        "with: how would you notice if it did harm?",
        "scratch": "30 photos are far too few to learn what an edge is. Borrow that.",
    }),
    second=Words("fine-tuned", {
        "frozen": "that works, but it is not the best you can get. What did training "
        "the other layers gain with 250 photos?",
        "scratch": "4,800 photos are still few. Why throw away what can be borrowed?",
    }),
    third=Words("scratch", {
        "frozen": "a network made for three colours cannot even take in 40 channels.",
        "fine-tuned": "its first layer takes three colours, not 40 channels. And there "
        "are 200,000 pictures.",
    }),
    right="The more photos you have, to train and to measure with, the more layers you "
    "can train.",
)

measure_class = Exercise(
    "Check recall, precision and balanced accuracy of a small confusion matrix.",
    asks="61b228",
    recall=Number(0.6, {
        12 / (4 + 12): "that is the precision: the share of what it *called* ill.",
        12 / 100: "divide by the number of ill leaves, not by all 100.",
        76 / (76 + 4): "that is the recall of *healthy*.",
        8 / (8 + 12): "that is the share that was missed. Which share was found?",
        100 * 0.6: "give a share between 0 and 1, not per cent.",
    }, "of the 20 leaves that are ill, which share was found?"),
    precision=Number(0.75, {
        12 / (8 + 12): "that is the recall: the share of all that *are* ill.",
        4 / (4 + 12): "that is the share of false alarms among what it called ill.",
        76 / (76 + 8): "that is the precision of *healthy*.",
        12 / 100: "divide by what was called ill, not by all 100.",
        100 * 0.75: "give a share between 0 and 1, not per cent.",
    }, "go down the column *said ill*: 4 and 12."),
    balanced_accuracy=Number(0.775, {
        (76 + 12) / 100: "that is the accuracy. Take the mean of the two recalls.",
        (12 / 20 + 12 / 16) / 2: "that is the mean of recall and precision of one "
        "class.",
        (76 / (76 + 8) + 12 / 16) / 2: "that is the mean of the two precisions. Take "
        "the recalls.",
        100 * 0.775: "give a share between 0 and 1, not per cent.",
    }, "take the mean of the recalls of *healthy* and of *ill*."),
    together=[({"recall": 0.75, "precision": 0.6},
        "You have swapped them: recall goes along the row, precision down "
        "the column.")],
    right="The accuracy of 0.88 hides that 8 of 20 ill leaves were missed.",
)

weigh_class = Exercise(
    "Check the weights of a rare and of a frequent class.",
    asks="3a0851",
    owl=Number((8.3, 8.34), {
        500 / 20: "divide by the number of classes, too.",
        300 / 20: "that is how many times more sparrows there are. Use the formula.",
        20 / 500: "that is the owls' share. A rare class has a *large* weight.",
        3 * 20 / 500: "your fraction is upside down: the number of all photos "
        "goes on top.",
    }, "There are 500 photos, three classes and 20 owls. Use the formula."),
    sparrow=Number((0.55, 0.56), {
        500 / 300: "divide by the number of classes, too.",
        1: "then an owl would weigh 15. The mean weight of a photo should be 1.",
        3 * 300 / 500: "your fraction is upside down: the number of all photos "
        "goes on top.",
        300 / 500: "that is the sparrows' share of the photos.",
    }, "There are 500 photos, three classes and 300 sparrows. Use the formula."),
    right="But for rounding, 20 × 8.33 is 300 × 0.56: each class counts the same.",
)

resume_training = Exercise(
    "Check with which epochs a training run goes on after a crash.",
    asks="3aabb6",
    initial_epoch=Number(12, {
        13: "it is the number of epochs that are *done*. Epoch 13 was not finished.",
        12 - 1: "twelve epochs are done. Keras counts from 0, so the next has number "
        "12.",
        0: "then all 30 epochs would be trained again.",
        30 - 12: "that is how many are still to come.",
    }, "how many epochs were done when the checkpoint was saved?"),
    epochs=Number(30, {
        30 - 12: "`epochs` is where the training ends, not how many epochs are left.",
        30 - 13: "`epochs` is where the training ends, not how many epochs are left.",
        12 + 30: "`epochs` is where the training ends. The plan was 30.",
        30 - 1: "the plan was 30 epochs, and it still is.",
    }, "how many epochs does the whole plan have?"),
    right="The next epoch has number 12, counted from 0, and the last one 29.",
)
