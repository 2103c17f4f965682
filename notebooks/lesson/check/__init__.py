"""Answers to the exercises of the notebooks, checked at once.

Each exercise has a check of its name, called in the cell of the answer:
``lesson.check.neuron(total, output)``. It returns a `Feedback`, which Jupyter shows:
"Right." and why, "Not yet." and what is wrong in this very answer, or "Not attempted
yet." A feedback is true if the answer is right, so that a solution can step in where
there is none. A check never raises, whatever it is given, and trains nothing.

To add an exercise, write its judge into the module of its notebook, see `feedback`,
and rows with answers into `tests/answers.py`.
"""

from lesson.check.build_cnn import (
    build_network,
    convolve_by_hand,
    count_parameters,
    layer_shapes,
    neuron,
    pool_by_hand,
)
from lesson.check.evaluate_predict import (
    build_confusion_matrix,
    in_the_file,
    lead_of_dropout,
    predict_names,
    prepare_photo,
    read_confusion_matrix,
    report_result,
    trust_confidence,
)
from lesson.check.fit_cnn import (
    after_compile,
    best_epoch,
    choose_fairly,
    choose_learning_rate,
    choose_loss,
    count_steps,
    diagnose,
    dropout_by_hand,
    find_leak,
    fix_compile,
    gradient_step,
    inspect_curves,
    loss_of_one_image,
    train_dropout,
    what_is_shown,
)
from lesson.check.image_data import (
    count_frogs,
    make_one_hot,
    read_shape,
    rescale_twice,
    which_set,
)
from lesson.check.introduction import better_than_guessing, find_steps, order_steps

__all__ = [
    "after_compile",
    "best_epoch",
    "better_than_guessing",
    "build_confusion_matrix",
    "build_network",
    "choose_fairly",
    "choose_learning_rate",
    "choose_loss",
    "convolve_by_hand",
    "count_frogs",
    "count_parameters",
    "count_steps",
    "diagnose",
    "dropout_by_hand",
    "find_leak",
    "find_steps",
    "fix_compile",
    "gradient_step",
    "in_the_file",
    "inspect_curves",
    "layer_shapes",
    "lead_of_dropout",
    "loss_of_one_image",
    "make_one_hot",
    "neuron",
    "order_steps",
    "pool_by_hand",
    "predict_names",
    "prepare_photo",
    "read_confusion_matrix",
    "read_shape",
    "report_result",
    "rescale_twice",
    "train_dropout",
    "trust_confidence",
    "what_is_shown",
    "which_set",
]
