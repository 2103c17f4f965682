"""Explorers: turn a knob, and see what changes.

Each explorer is a function that shows a few controls and what they do. It needs a
running kernel; beside it in the notebook stands a static figure that says the same.
All controls work by keyboard and have names, and under each picture a sentence says
in words what it shows. What is shown comes from `lesson.computations`. Saved notebooks
keep none of it, see `tools/format.py`.
"""

import gc
import io

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageOps

from lesson import computations, drawings, photos, plot
from lesson.controls import (
    Control,
    choice,
    figure_html,
    show_box,
    show_controls,
    slider,
)
from lesson.data import CLASS_NAMES
from lesson.drawings import BLUE, ORANGE
from lesson.playground import playground

# Now and then, Python looks through all its objects for garbage. With Keras loaded that
# takes half a second, which would make sliders jerk; these objects stay anyway
gc.freeze()

__all__ = [
    "browse_predictions",
    "explore_convolution",
    "explore_dropout",
    "explore_learning_rate",
    "explore_softmax_and_loss",
    "explore_window",
    "playground",
]
__dir__ = __all__.copy  # what tab completion offers


def _axes(width, height, columns=1):
    """Return a figure and its axes, without the slow automatic layout."""
    fig, axes = plt.subplots(1, columns, figsize=(width, height), layout="none")
    fig.subplots_adjust(left=0.1, right=0.97, bottom=0.6 / height, top=0.9, wspace=0.3)
    return fig, axes


def explore_learning_rate():
    """Explore gradient descent on weight**2 with one slider, the learning rate.

    Examples
    --------
    >>> explore_learning_rate()
    {'application/vnd.jupyter.widget-view+json': ...}
    """

    def draw(rate):
        path = computations.descend(rate)
        words = f"Learning rate {rate:.2f}: {computations.judge_rate(rate)}. "
        words += f"The weight after twelve steps: {path[-1]:z.2f}."
        fig, ax = _axes(7, 3.4)
        weights = np.linspace(-3.2, 3.2, 200)
        ax.plot(weights, weights**2, color=BLUE)
        inside = np.abs(path) <= 3.2  # a diverging path leaves the picture
        last = len(path) if inside.all() else int(inside.argmin()) + 1
        ax.plot(path[:last], path[:last] ** 2, "o--", color=ORANGE, markersize=6)
        ax.plot(path[0], path[0] ** 2, "s", color="black", markersize=9)
        ax.set(xlim=(-3.2, 3.2), ylim=(-0.4, 10), xlabel="weight", ylabel="loss")
        return figure_html(fig, words), words

    show_controls({"rate": slider("learning rate", 0.1, 0.01, 1.1, 0.01)}, draw)


def explore_dropout():
    """Explore dropout: a rate, fresh masks, training against prediction.

    Examples
    --------
    >>> explore_dropout()
    {'application/vnd.jupyter.widget-view+json': ...}
    """
    rng = np.random.default_rng(42)  # the same first mask for everybody
    places = np.arange(1, 13)

    def draw(rate, mode):
        outputs = np.ones(12)
        words = "Prediction: nothing is dropped, nothing is scaled."
        if mode == "training":
            outputs = (rng.random(12) >= rate) / (1 - rate)
            words = (
                f"Training, rate {rate:.1f}: {np.count_nonzero(outputs)} of 12 units "
                f"are kept, each multiplied by {1 / (1 - rate):.2f}. The mean output "
                f"is {outputs.mean():.2f}; without dropout it would be 1."
            )
        fig, ax = _axes(7, 2.8)
        ax.bar(places[outputs > 0], outputs[outputs > 0], color=BLUE)
        dropped = places[outputs == 0]
        cross = {"color": ORANGE, "ms": 12, "mew": 3, "clip_on": False, "zorder": 3}
        ax.plot(dropped, 0 * dropped, "x", **cross)
        ax.axhline(1, color="0.3", linestyle=":")
        ax.set(xlabel="unit (x: dropped)", ylabel="output", xticks=places)
        ax.set_ylim(0, max(3.0, outputs.max() * 1.1))
        return figure_html(fig, words), words

    controls = {
        "rate": slider("rate", 0.6, 0.0, 0.9, 0.1),
        "mode": choice("mode", ["training", "prediction"]),
        "again": ipywidgets.Button(description="next training step"),
    }
    show_controls(controls, draw)


def explore_softmax_and_loss():
    """Explore three scores, their softmax and the cross-entropy of the first.

    Examples
    --------
    >>> explore_softmax_and_loss()
    {'application/vnd.jupyter.widget-view+json': ...}
    """

    def draw(**scores):
        probabilities, loss = computations.softmax_and_loss(list(scores.values()))
        shares = zip(scores, probabilities, strict=True)
        words = "Probabilities: " + ", ".join(f"{name} {p:.2f}" for name, p in shares)
        words += f". The photo shows a cat, so the loss is {loss:z.2f}."
        fig, (left, right) = _axes(9, 3.2, columns=2)
        left.bar(list(scores), probabilities, color=[ORANGE, BLUE, BLUE])
        left.set(ylim=(0, 1), ylabel="probability", title="softmax")
        p = np.geomspace(1e-5, 1, 300)
        right.plot(p, -np.log(p), color=BLUE)
        right.plot(probabilities[0], loss, "o", color=ORANGE, ms=11, clip_on=False)
        # The axis stays as it is while it can; it grows with a loss that would leave it
        right.set(xlim=(0, 1), ylim=(0, max(6.3, loss + 0.3)), title="cross-entropy")
        right.set(xlabel="probability of the right class, cat", ylabel="loss")
        return figure_html(fig, words), words

    scores = {"cat": 2.0, "dog": 1.0, "truck": -1.0}
    controls = {x: slider(f"score of {x}", scores[x], -5, 5, 0.5) for x in scores}
    show_controls(controls, draw)


def explore_window(numbers, weights=None):
    """Explore a window that slides over numbers, one place after the other.

    Parameters
    ----------
    numbers : array of shape (height, width)
    weights : array of shape (n, n), optional
        A filter; without it, the window is that of max pooling.

    Examples
    --------
    >>> explore_window([[1, 2, 0, 1], [3, 6, 1, 3]])
    {'application/vnd.jupyter.widget-view+json': ...}
    """
    size, step = (2, 2) if weights is None else (len(weights), 1)
    rows, columns = ((n - size) // step + 1 for n in np.shape(numbers))

    def draw(place):
        fig, words = drawings.sliding_window(numbers, weights, int(place) - 1)
        return figure_html(fig, words), words

    show_controls({"place": slider("place", 1, 1, rows * columns, 1)}, draw)


def explore_convolution(images, model=None):
    """Explore filters and their feature maps.

    Parameters
    ----------
    images : array of shape (n, 32, 32, 3), uint8
        The images to choose from.
    model : keras.Model, optional
        With it, the filters of its first convolution, as it has learnt them, take
        the place of the filters made by hand.

    Raises
    ------
    ValueError
        If the model has no convolution.

    Examples
    --------
    >>> explore_convolution(np.zeros((2, 32, 32, 3), "uint8"))
    {'application/vnd.jupyter.widget-view+json': ...}
    """
    images, learnt = np.asarray(images), model is not None
    filters = {
        name: (np.asarray(kernel, float)[:, :, np.newaxis], None)
        for name, kernel in computations.KERNELS.items()
    }
    if learnt:
        filters = computations.learnt_filters(model)
    bright = {"vmin": 0, "vmax": 255}

    def draw(name, image):
        image, (kernel, bias) = images[int(image)], filters[name]
        result = computations.feature_map(image, kernel, bias)
        words = f"Filter: {name}. Values of the feature map: {result.min():z.1f} to "
        words += f"{result.max():z.1f}"
        words += f", {(result == 0).mean():.0%} of them 0." if learnt else "."
        fig, axes = _axes(9, 3.1, columns=3)
        fig.subplots_adjust(left=0.01, right=0.99, bottom=0.02)
        titles = ["image" if learnt else "image, grey", name, "feature map"]
        reach = np.abs(result).max() or 1
        shades = {"vmin": 0 if learnt else -reach, "vmax": reach}  # mid-grey: 0
        if not learnt and kernel.min() >= 0:  # a mean of pixels is shown like them
            shades = bright
        if learnt:  # weights around 0, shown around mid-grey
            kernel = 0.5 + kernel / (2 * (np.abs(kernel).max() or 1))
        else:
            image, kernel = image.mean(axis=2), kernel[:, :, 0]
            for (row, column), weight in np.ndenumerate(kernel):
                color = "black" if weight > 0 else "white"
                axes[1].text(column, row, f"{weight:.2g}", ha="center", color=color)
        pictures = (image, bright), (kernel, {"vmin": -1, "vmax": 1}), (result, shades)
        for ax, (picture, limits), title in zip(axes, pictures, titles, strict=True):
            ax.imshow(picture, cmap="gray", interpolation="nearest", **limits)
            ax.set_title(title)
            ax.axis("off")
        # The filter is drawn much larger than it is: here it lies on the image
        frame = {"fill": False, "ec": ORANGE, "lw": 3}
        for ax in axes[:2]:
            ax.add_patch(plt.Rectangle((-0.5, -0.5), 3, 3, clip_on=False, **frame))
        return figure_html(fig, words), words

    place = slider("image", 0, 0, len(images) - 1, 1)
    show_controls({"name": choice("filter", list(filters)), "image": place}, draw)


def browse_predictions(model, images, labels, probabilities):
    """Browse predictions by class and confidence, and try photos of your own.

    Parameters
    ----------
    model : keras.Model
        For photos of your own; takes uint8 images of shape (n, 32, 32, 3).
    images : array of shape (n, 32, 32, 3), uint8
    labels : array of shape (n,)
        The true class numbers.
    probabilities : array of shape (n, 10)
        What the model has predicted for `images`.

    Examples
    --------
    >>> images = np.zeros((2, 32, 32, 3), "uint8")
    >>> browse_predictions(None, images, [3, 5], np.full((2, 10), 0.1))
    {'application/vnd.jupyter.widget-view+json': ...}
    {'application/vnd.jupyter.widget-view+json': ...}
    """
    images, labels = np.asarray(images), np.asarray(labels)
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)

    def draw(name, order):
        of_class, wrong = labels == CLASS_NAMES.index(name), predicted != labels
        found = computations.rank_places(of_class, wrong, confidence, order)
        titles = [f"{CLASS_NAMES[predicted[i]]} {confidence[i]:.2f}" for i in found]
        words = f"{len(found)} images of the class {name}: {order}. "
        words += "Each title gives the model's answer and its confidence."
        items = "".join(
            '<li style="width: 110px; margin: 4px; line-height: 1.2">'
            + _pixel_img(images[i], f"A photo of the class {name}, called {title}")
            + f"<br>{title}</li>"
            for i, title in zip(found, titles, strict=True)
        )
        style = "display: flex; flex-wrap: wrap; list-style: none; padding: 0; "
        style += "margin: 0; min-height: 250px; max-width: 740px"
        return f'<ul style="{style}">{items}</ul>', words

    names, orders = list(CLASS_NAMES), computations.ORDERS
    controls = {"name": choice("true class", names), "order": choice("order", orders)}
    show_controls(controls, draw)
    photo = Control(description="a photo of your own", file="image/*")
    result = ipywidgets.HTML()

    def answer(change):
        result.value = _describe_photo(model, bytes(photo.value))

    photo.observe(answer, "value")
    show_box([photo, result])


def _pixel_img(image, alt):
    """Return the HTML of a small image, each of its pixels to be seen."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="png")
    picture = plot.img(buffer.getvalue(), alt, 96)
    return f'<span style="image-rendering: pixelated">{picture}</span>'


def _describe_photo(model, content):
    """Return the HTML of a photo as the model sees it, and of what it says.

    Of bytes that cannot be read as a photo, the HTML says so.
    """
    try:
        photo = photos.read_photo(io.BytesIO(content))
    except OSError:
        return (
            '<p aria-live="polite">This file cannot be read as a photo. '
            "Try a JPEG or PNG file.</p>"
        )
    photo = np.asarray(ImageOps.fit(photo, (32, 32)))
    probabilities = model.predict(photo[np.newaxis], verbose=0)[0]
    best = probabilities.argsort()[::-1][:3]
    words = ", ".join(f"{CLASS_NAMES[i]} {probabilities[i]:.2f}" for i in best)
    picture = _pixel_img(photo, "Your photo, as small as the model sees it")
    return f'{picture}<p aria-live="polite">The model says: {words}.</p>'
