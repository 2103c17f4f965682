"""Measure on this machine what the lesson promises about time; print, judge nothing.

    PYTHONPATH=notebooks python tools/bench.py [epochs]

How long each explorer takes to draw anew (promised: 200 ms), and which part of a
training its live curves take (promised: 3 per cent). Or, with `epochs`, how long the
epochs of a training take with the backend and the devices that there are.
"""

import functools
import statistics
import sys
import time
from unittest.mock import DEFAULT, patch

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import keras
import numpy as np
from lesson import controls, live, widgets
from train_capstone import REFERENCE, exec_cells
from train_seeds import load_data

REDRAWS = 10


def time_explorer(name, explore, *arguments):
    """Print how long an explorer takes from a changed control to a new picture."""
    with patch.multiple(controls, show_box=DEFAULT, display=DEFAULT) as mocks:
        explore(*arguments)
    (shown,) = mocks["show_box"].call_args.args
    for control in [each for each in shown if isinstance(each, controls.Control)]:
        values = control.options or list(np.arange(*control.limits))
        times = []
        for i in range(1, REDRAWS + 1):  # the first value is what is there
            start = time.perf_counter()
            control.value = values[i % len(values)]
            times.append(1000 * (time.perf_counter() - start))
        middle, longest = statistics.median(times), max(times)
        print(f"{name:<16} {control.description:<16}", end=" ")
        print(f"median {middle:4.0f} ms, longest {longest:4.0f} ms")


def fit(names, epochs, callback):
    """Train a network like notebook 04's, and return its history."""
    names["model_intro"] = model = lesson.models.build_intro()
    exec_cells("04-fit-cnn", ["compile-intro"], names)
    train, validation = [
        (names[f"{name}_images"], names[f"{name}_labels"]) for name in ("train", "val")
    ]
    options = {"validation_data": validation, "callbacks": [callback], "verbose": 0}
    return model.fit(*train, epochs=epochs, **options).history


def time_live_curves(names):
    """Print the part that the live curves have in a fit like notebook 04's."""
    spent, curves = [], lesson.LiveCurves()

    def timed(method, *arguments, **named):
        start = time.perf_counter()
        method(*arguments, **named)
        spent.append(time.perf_counter() - start)

    for name in ("epoch_begin", "train_batch_end", "epoch_end", "train_end"):
        method = getattr(curves, f"on_{name}")
        setattr(curves, f"on_{name}", functools.partial(timed, method))
    start = time.perf_counter()
    with patch.multiple(live, get_ipython=DEFAULT, DisplayHandle=DEFAULT):
        fit(names, 5, curves)
    seconds = time.perf_counter() - start
    share = f"{100 * sum(spent) / seconds:.1f} per cent"
    print(f"live curves: {sum(spent):.2f} s of a fit of {seconds:.0f} s, {share}")


def time_epochs(names, policy):
    """Print how long a training like notebook 04's takes; its first epoch compiles."""
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(42)
    marks = []
    note = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: marks.append(time.perf_counter()),
        on_epoch_end=lambda epoch, logs: marks.append(time.perf_counter()),
    )
    accuracy = fit(names, 4, note)["val_accuracy"][-1]
    first, *later = np.diff(marks)
    print(f"{keras.backend.backend()} {keras.version()}, {policy}:", end=" ")
    print(f"first epoch {first:.2f} s, later {statistics.median(later):.2f} s", end="")
    print(f", validation accuracy {accuracy:.3f}")


def on_gpu():
    """Say whether Keras computes on something else than the processor."""
    if keras.backend.backend() != "torch":
        return not keras.distribution.list_devices()[0].startswith("cpu")
    return keras.ops.zeros(1).device.type != "cpu"


def main():
    """Print all measurements, or those of epochs."""
    names = load_data()
    if sys.argv[1:] == ["epochs"]:
        for policy in ["float32"] + on_gpu() * ["mixed_float16"]:
            time_epochs(names, policy)
        return
    model = keras.models.load_model(REFERENCE / "model_intro.keras")
    some = names["train_images"][:2000]
    numbers = names["train_labels"][:2000].argmax(axis=1)
    lesson.plot.use_style()
    time_explorer("learning rate", widgets.explore_learning_rate)
    time_explorer("dropout", widgets.explore_dropout)
    time_explorer("softmax, loss", widgets.explore_softmax_and_loss)
    time_explorer("convolution", widgets.explore_convolution, some[:20])
    time_explorer("learnt filters", widgets.explore_convolution, some[:20], model)
    seen = (model, some, numbers, model.predict(some, verbose=0))
    time_explorer("predictions", widgets.browse_predictions, *seen)
    time_live_curves(names)


if __name__ == "__main__":
    main()
