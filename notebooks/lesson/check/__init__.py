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
from lesson.check.capstone import (
    beat_the_baseline,
    count_block,
    judge_ladder,
    read_schedule,
    report_seeds,
    smooth_labels,
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
from lesson.check.learning_rate import (
    choose_plan,
    fair_optimizers,
    plan_batches,
    read_rates,
    use_finder,
)
from lesson.check.regularise import add_method, conclude, tell_apart, weigh_methods

__all__ = [
    "add_method",
    "after_compile",
    "beat_the_baseline",
    "best_epoch",
    "better_than_guessing",
    "build_confusion_matrix",
    "build_network",
    "choose_fairly",
    "choose_learning_rate",
    "choose_loss",
    "choose_plan",
    "conclude",
    "convolve_by_hand",
    "count_block",
    "count_frogs",
    "count_parameters",
    "count_steps",
    "diagnose",
    "dropout_by_hand",
    "fair_optimizers",
    "find_leak",
    "find_steps",
    "fix_compile",
    "gradient_step",
    "in_the_file",
    "inspect_curves",
    "judge_ladder",
    "layer_shapes",
    "lead_of_dropout",
    "loss_of_one_image",
    "make_one_hot",
    "neuron",
    "order_steps",
    "plan_batches",
    "pool_by_hand",
    "predict_names",
    "prepare_photo",
    "read_confusion_matrix",
    "read_rates",
    "read_schedule",
    "read_shape",
    "report_result",
    "report_seeds",
    "rescale_twice",
    "smooth_labels",
    "tell_apart",
    "train_dropout",
    "trust_confidence",
    "use_finder",
    "weigh_methods",
    "what_is_shown",
    "which_set",
]
