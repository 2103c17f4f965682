"""A playground: choose a small network, see it drawn, and watch it learn at once."""

import ipywidgets
import keras
from keras import layers

from lesson import drawings, live, plot
from lesson.controls import choice, figure_html, show_box, show_controls, slider

EPOCHS = 10


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
            options = {"validation_data": validation, "epochs": EPOCHS, "verbose": 0}
            after_epoch = keras.callbacks.LambdaCallback(on_epoch_end=show)
            model.fit(*training, callbacks=[after_epoch], **options)
        finally:
            button.disabled = False
        last = rows[EPOCHS]
        ends = (
            f"accuracy {last['accuracy']:.2f}, val_accuracy {last['val_accuracy']:.2f}"
        )
        tries.append(f"<li>{words}: {ends}</li>")
        told.value = f'<ol aria-live="polite">{"".join(tries)}</ol>'

    button.on_click(train)
    rates = ["0.0001", "0.001", "0.01", "0.1"]
    knobs = {
        "convolutions": slider("convolutions", 1, 0, 3, 1),
        "neurons": slider("dense neurons", 64, 0, 256, 16),
        "dropout": slider("dropout", 0, 0, 0.8, 0.1),
        "rate": choice("learning rate", rates, "0.001"),
    }
    show_controls(knobs, draw)
    show_box([button, curves, told])


def _build(training, convolutions, neurons, dropout, rate):
    """Return a compiled network."""
    images, labels = training
    steps = [keras.Input(images.shape[1:]), layers.Rescaling(1 / 255)]
    for block in range(int(convolutions)):
        convolution = layers.Conv2D(16 * 2**block, 3, activation="relu")
        steps += [convolution, layers.MaxPooling2D()]
    if dropout:
        steps.append(layers.Dropout(dropout))
    steps.append(layers.Flatten())
    if neurons:
        steps.append(layers.Dense(int(neurons), activation="relu"))
    steps.append(layers.Dense(labels.shape[1], activation="softmax"))
    model = keras.Sequential(steps, name="yours")
    optimizer = keras.optimizers.Adam(float(rate))
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    return model
