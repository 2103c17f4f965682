"""Measure on this machine what the lesson promises about time; print, judge nothing.

    PYTHONPATH=notebooks python tools/bench.py

How long each explorer takes to draw anew (promised: 200 ms), and which part of a
training its live curves take (promised: 3 per cent).
"""

import statistics
import sys
import time
from pathlib import Path
from unittest import mock

import keras
import lesson
import numpy as np
from lesson import controls, live, widgets

ROOT = Path(__file__).resolve().parents[1]
REDRAWS = 10


def time_explorer(name, explore):
    """Print how long an explorer takes from a changed control to a new picture."""
    made = []

    class Box(widgets.ipywidgets.VBox):
        """A box that is remembered, and not shown."""

        def __init__(self, children):
            """Remember the box."""
            super().__init__(children)
            made.append(self)

    with (
        mock.patch.object(widgets.ipywidgets, "VBox", Box),
        mock.patch.object(controls, "display"),
    ):
        explore()
    for control in made[0].children:
        values = _values(control)
        if values:
            times = []
            for i in range(REDRAWS):
                start = time.perf_counter()
                control.value = values[i % len(values)]
                times.append(1000 * (time.perf_counter() - start))
            print(
                f"{name:<16} {control.description:<16} median "
                f"{statistics.median(times):4.0f} ms, longest {max(times):4.0f} ms"
            )


def _values(control):
    """Return values for a control to go through, none if it is not one."""
    if not isinstance(control, controls.Control):
        return []
    if control.options:
        return [*control.options[1:], control.options[0]]
    low, high, step = control.limits
    return list(np.arange(low, high, step)[1:])


def time_live_curves(images, labels):
    """Print the part that the live curves have in a fit."""
    model = lesson.models.build_intro()
    model.compile(
        optimizer="adam",
        loss="categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=50,
    )
    curves = lesson.LiveCurves()
    with (
        mock.patch.object(live, "get_ipython"),
        mock.patch.object(live, "DisplayHandle"),
    ):
        start = time.perf_counter()
        model.fit(
            *(images[:40_000], labels[:40_000]),
            epochs=5,
            validation_data=(images[40_000:], labels[40_000:]),
            verbose=0,
            callbacks=[curves],
        )
        seconds = time.perf_counter() - start
    print(
        f"live curves: {curves.spent:.2f} s of a fit of {seconds:.0f} s, "
        f"{100 * curves.spent / seconds:.1f} per cent"
    )


def main():
    """Print all measurements."""
    (images, labels), _ = lesson.data.load_cifar10()
    path = ROOT / "fit_outputs" / "reference" / "model_intro.keras"
    model = keras.models.load_model(path)
    some, numbers = images[:2000], labels[:2000, 0]
    probabilities = model.predict(some, verbose=0)
    lesson.plot.use_style()
    time_explorer("learning rate", widgets.explore_learning_rate)
    time_explorer("dropout", widgets.explore_dropout)
    time_explorer("softmax, loss", widgets.explore_softmax_and_loss)
    time_explorer("convolution", lambda: widgets.explore_convolution(some[:20]))
    time_explorer(
        "learnt filters", lambda: widgets.explore_convolution(some[:20], model)
    )
    time_explorer(
        "predictions",
        lambda: widgets.browse_predictions(model, some, numbers, probabilities),
    )
    time_live_curves(images, keras.utils.to_categorical(labels, 10))


if __name__ == "__main__":
    sys.exit(main())
