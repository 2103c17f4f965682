"""A playground: choose a small network, see it drawn, and watch it learn at once."""

import html

import ipywidgets
import keras
from keras import layers

from lesson import drawings, live, plot
from lesson.controls import Control, figure_html, show_box, show_controls, slider

EPOCHS = 10

__all__ = ["playground"]


def playground(training, validation):
    """Show knobs for a network, its picture, and a button that trains it anew.

    Each click is a new line in the list of what was tried. Take few images, 2,000 say,
    so that an epoch takes about a second.

    Parameters
    ----------
    training, validation : tuple of (images, labels)
        uint8 images of shape (n, 32, 32, 3), one-hot labels of shape (n, classes).

    Examples
    --------
    >>> import numpy as np
    >>> images, labels = np.zeros((4, 32, 32, 3), "uint8"), np.eye(4)
    >>> playground((images, labels), (images, labels))
    {'application/vnd.jupyter.widget-view+json': ...}
    {'application/vnd.jupyter.widget-view+json': ...}
    """
    chosen, tries = {}, []
    button = ipywidgets.Button(description=f"train {EPOCHS} epochs")
    curves, told = ipywidgets.HTML(), ipywidgets.HTML()

    def draw(**values):
        chosen.update(values)
        model = _build(training, **values)
        page = figure_html(*drawings.network(model), zoom=0.7)
        return page, f"{model.count_params():,} parameters"

    def train(_):
        button.disabled, rows = True, {}
        words = ", ".join(f"{name} {float(x):g}" for name, x in chosen.items())

        def show(epoch, logs):
            rows[epoch + 1] = logs
            alt = f"Training curves up to epoch {epoch + 1} of {EPOCHS}"
            picture = live.svg(words, ["loss", "accuracy"], rows, (1, EPOCHS))
            curves.value = plot.img(picture.encode(), alt, live.SIZE[0])

        try:
            keras.utils.set_random_seed(42)
            model = _build(training, **chosen)
            after_epoch = keras.callbacks.LambdaCallback(on_epoch_end=show)
            model.fit(
                *training, epochs=EPOCHS, validation_data=validation, verbose=0,
                callbacks=[after_epoch],
            )  # fmt: skip
        finally:
            button.disabled = False
        ends = (
            f"{name} {rows[EPOCHS][name]:.2f}" for name in ("accuracy", "val_accuracy")
        )
        tries.append(f"{words}: {', '.join(ends)}")
        lines = "".join(f"<li>{html.escape(each)}</li>" for each in tries)
        told.value = f'<ol aria-live="polite">{lines}</ol>'

    button.on_click(train)
    rates = ["0.0001", "0.001", "0.01", "0.1"]
    knobs = {
        "convolutions": slider("convolutions", 1, 0, 3, 1),
        "neurons": slider("dense neurons", 64, 0, 256, 16),
        "dropout": slider("dropout", 0, 0, 0.8, 0.1),
        "rate": Control(description="learning rate", value="0.001", options=rates),
    }
    show_controls(knobs, draw)
    show_box([button, curves, told])


def _build(training, convolutions, neurons, dropout, rate):
    """Return a compiled network."""
    images, labels = training
    steps = [keras.Input(images.shape[1:]), layers.Rescaling(1 / 255)]
    for block in range(int(convolutions)):
        steps += [
            layers.Conv2D(16 * 2**block, 3, activation="relu"),
            layers.MaxPooling2D(),
        ]
    if dropout:
        steps.append(layers.Dropout(dropout))
    steps.append(layers.Flatten())
    if neurons:
        steps.append(layers.Dense(int(neurons), activation="relu"))
    steps.append(layers.Dense(labels.shape[1], activation="softmax"))
    model = keras.Sequential(steps, name="yours")
    model.compile(
        optimizer=keras.optimizers.Adam(float(rate)),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    return model
