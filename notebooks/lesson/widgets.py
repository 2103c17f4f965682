"""Explorers: turn a knob, and see what changes.

Each explorer is a function that shows a few controls and what they do. It needs a
running kernel; beside it in the notebook stands a static figure that says the same.
All controls work by keyboard and have names, and under each picture a sentence says
in words what it shows. Saved notebooks keep none of it, see `tools/notebooks.py`.
"""

import base64
import gc
import html
import io

import ipywidgets
import keras
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from PIL import Image, ImageOps

from lesson import plot
from lesson.controls import choice, show_box, show_controls, slider
from lesson.data import CLASS_NAMES

# Now and then, Python looks through all its objects for garbage. With Keras loaded that
# takes half a second, which would make sliders jerk; these objects stay anyway
gc.freeze()

DPI = 100  # of pictures that are redrawn

__all__ = [
    "browse_predictions",
    "explore_convolution",
    "explore_dropout",
    "explore_learning_rate",
    "explore_softmax_and_loss",
]


def __dir__():
    """Offer the explorers to tab completion."""
    return __all__


KERNELS = {
    "edges, dark to bright": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "edges, top to bottom": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "outlines": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "blur": [[1 / 9] * 3] * 3,
    "nothing changed": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
}


def _figure_html(fig, words):
    """Return the HTML of a figure, and close it."""
    picture = plot.png(fig, words, DPI)
    plt.close(fig)
    return plot.img(picture, words, fig.get_figwidth() * 100)


def _axes(width, height, columns=1, **settings):
    """Return a figure and its axes, without the slow automatic layout."""
    with plt.rc_context({"figure.constrained_layout.use": False}):
        fig, axes = plt.subplots(1, columns, figsize=(width, height), **settings)
    fig.subplots_adjust(left=0.1, right=0.97, bottom=0.6 / height, top=0.9, wspace=0.3)
    return fig, axes


# The learning rate


def explore_learning_rate():
    """Explore gradient descent on weight**2 with one slider, the learning rate.

    Examples
    --------
    >>> explore_learning_rate()
    {'application/vnd.jupyter.widget-view+json': ...}
    """
    show_controls(
        {"rate": slider("learning rate", 0.1, 0.01, 1.1, 0.01)}, _draw_descent
    )


def descend(rate, weight=-1.6, steps=12):
    """Return the weights that gradient descent on weight**2 visits.

    Its slope is twice the weight, so a step multiplies the weight by 1 - 2 * rate.

    Returns
    -------
    array of shape (steps + 1,)
    """
    return weight * (1 - 2 * rate) ** np.arange(steps + 1)


def judge_rate(rate):
    """Say in words how gradient descent on weight**2 fares with a learning rate."""
    factor = 1 - 2 * rate
    if factor <= -1:
        return "diverging: each step lands as high as the one before, or higher"
    if abs(factor) ** 12 < 0.1:
        return "just right: the bottom is reached within the twelve steps"
    if factor > 0:
        return "too small: after twelve steps, still on the way"
    return "too large: each step jumps over the bottom to the other side"


def _draw_descent(rate):
    path = descend(rate)
    words = f"Learning rate {rate:.2f}: {judge_rate(rate)}. "
    words += f"The weight after twelve steps: {path[-1]:.2f}."
    blue, orange = sns.color_palette("colorblind")[:2]
    fig, ax = _axes(7, 3.4)
    weights = np.linspace(-3.2, 3.2, 200)
    ax.plot(weights, weights**2, color=blue)
    inside = np.abs(path) <= 3.2  # a diverging path leaves the picture
    last = len(path) if inside.all() else int(inside.argmin()) + 1
    ax.plot(path[:last], path[:last] ** 2, "o--", color=orange, markersize=6)
    ax.plot(path[0], path[0] ** 2, "s", color="black", markersize=9)
    ax.set(xlim=(-3.2, 3.2), ylim=(-0.4, 10), xlabel="weight", ylabel="loss")
    return _figure_html(fig, words), words


# Dropout


def explore_dropout():
    """Explore dropout: a rate, fresh masks, training against prediction.

    Examples
    --------
    >>> explore_dropout()
    {'application/vnd.jupyter.widget-view+json': ...}
    """
    units = 12
    rng = np.random.default_rng()

    def draw(rate, mode):
        if mode == "prediction":
            outputs = np.ones(units)
            words = "Prediction: nothing is dropped, nothing is scaled."
        else:
            kept = rng.random(units) >= rate
            outputs = kept / (1 - rate)
            words = (
                f"Training, rate {rate:.1f}: {kept.sum()} of {units} units are kept, "
                f"each multiplied by {1 / (1 - rate):.2f}. The mean output is "
                f"{outputs.mean():.2f}; without dropout it would be 1."
            )
        return _draw_units(outputs, words), words

    show_controls(
        {
            "rate": slider("rate", 0.6, 0.0, 0.9, 0.1),
            "mode": choice("mode", ["training", "prediction"]),
            "again": ipywidgets.Button(description="next training step"),
        },
        draw,
    )


def _draw_units(outputs, words):
    blue, orange = sns.color_palette("colorblind")[:2]
    places = np.arange(1, len(outputs) + 1)
    dropped = outputs == 0
    fig, ax = _axes(7, 2.8)
    ax.bar(places[~dropped], outputs[~dropped], color=blue)
    ax.plot(
        places[dropped], np.zeros(dropped.sum()), "x", color=orange, ms=12, mew=3,
        clip_on=False, zorder=3,
    )  # fmt: skip
    ax.axhline(1, color="0.3", linestyle=":")
    ax.set(xlabel="unit (x: dropped)", ylabel="output", xticks=places)
    ax.set_ylim(0, max(3.0, outputs.max() * 1.1))
    return _figure_html(fig, words)


# Softmax and loss


def explore_softmax_and_loss():
    """Explore three scores, their softmax and the cross-entropy of the first.

    Examples
    --------
    >>> explore_softmax_and_loss()
    {'application/vnd.jupyter.widget-view+json': ...}
    """
    names = ["cat", "dog", "truck"]
    controls = {
        name: slider(f"score of {name}", value, -5, 5, 0.5)
        for name, value in zip(names, [2.0, 1.0, -1.0], strict=True)
    }
    show_controls(controls, _draw_softmax)


def _draw_softmax(**scores):
    names = list(scores)
    powers = np.exp(list(scores.values()))
    probabilities = powers / powers.sum()
    loss = -np.log(probabilities[0])
    words = "Probabilities: " + ", ".join(
        f"{name} {p:.2f}" for name, p in zip(names, probabilities, strict=True)
    )
    words += f". The photo shows a {names[0]}, so the loss is {loss:.2f}."
    blue, orange = sns.color_palette("colorblind")[:2]
    fig, (left, right) = _axes(9, 3.2, columns=2)
    left.bar(names, probabilities, color=[orange, blue, blue])
    left.set(ylim=(0, 1), ylabel="probability", title="softmax")
    p = np.linspace(0.002, 1, 300)
    right.plot(p, -np.log(p), color=blue)
    right.plot(probabilities[0], loss, "o", color=orange, ms=11, clip_on=False)
    right.set(xlim=(0, 1), ylim=(0, 6.3), title="cross-entropy")
    right.set(xlabel=f"probability of the right class, {names[0]}", ylabel="loss")
    return _figure_html(fig, words), words


# Convolution


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
    images = np.asarray(images)
    if model is None:
        filters = {
            name: np.asarray(kernel, float)[:, :, np.newaxis] for name, kernel in
            KERNELS.items()
        }  # fmt: skip
        biases = dict.fromkeys(filters)
    else:
        filters, biases = _learnt_filters(model)

    def draw(name, image):
        return _draw_feature_map(
            images[int(image)], name, filters[name], biases[name], model is not None
        )

    place = slider("image", 0, 0, len(images) - 1, 1)
    show_controls({"name": choice("filter", list(filters)), "image": place}, draw)


def _learnt_filters(model):
    """Return the filters of a model's first convolution by name, and their biases."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernels, biases = (
                keras.ops.convert_to_numpy(weight) for weight in layer.weights
            )
            names = [f"learnt filter {i + 1}" for i in range(kernels.shape[-1])]
            return (
                {name: kernels[..., i] for i, name in enumerate(names)},
                {name: float(biases[i]) for i, name in enumerate(names)},
            )
    raise ValueError(
        f"{model.name} has no Conv2D layer, so there are no filters to look at."
    )


def feature_map(image, kernel, bias=None):
    """Return what a filter makes of an image.

    Parameters
    ----------
    image : array of shape (height, width, 3), uint8
    kernel : array of shape (3, 3, 1) or (3, 3, 3)
        With depth 1, it is laid on the mean of the three colours.
    bias : float, optional
        With it, the values are brought to 0..1 first, the bias is added and ReLU
        applied, as in the first convolution of the lesson's models.

    Returns
    -------
    array of shape (height - 2, width - 2)
    """
    pixels = np.asarray(image, float)
    if kernel.shape[2] == 1:
        pixels = pixels.mean(axis=2, keepdims=True)
    if bias is not None:
        pixels = pixels / 255
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (3, 3), axis=(0, 1))
    sums = np.einsum("hwcij,ijc->hw", windows, kernel)
    return sums if bias is None else np.maximum(sums + bias, 0)


def _draw_feature_map(image, name, kernel, bias, learnt):
    result = feature_map(image, kernel, bias)
    words = f"Filter: {name}. Values of the feature map: {result.min():.1f} to "
    words += f"{result.max():.1f}"
    if learnt:
        words += f", {(result == 0).mean():.0%} of them 0"
    words += "."
    fig, axes = _axes(9, 3.1, columns=3)
    fig.subplots_adjust(left=0.01, right=0.99, bottom=0.02)
    grey = {"cmap": "gray", "interpolation": "nearest"}
    axes[0].imshow(image if learnt else image.mean(axis=2), **grey)
    axes[0].set_title("image" if learnt else "image, grey")
    if learnt:  # weights around 0, shown around mid-grey
        reach = np.abs(kernel).max() or 1
        axes[1].imshow(0.5 + kernel / (2 * reach), interpolation="nearest")
    else:
        axes[1].imshow(kernel[:, :, 0], vmin=-1, vmax=1, **grey)
        for (row, column), weight in np.ndenumerate(kernel[:, :, 0]):
            color = "black" if weight > 0 else "white"
            axes[1].text(column, row, f"{weight:.2g}", ha="center", color=color)
    axes[1].set_title(name)
    reach = np.abs(result).max() or 1  # made by hand: mid-grey is 0
    axes[2].imshow(result, vmin=0 if learnt else -reach, vmax=reach, **grey)
    axes[2].set_title("feature map")
    for ax in axes:
        ax.axis("off")
    return _figure_html(fig, words), words


# Predictions

ORDERS = ["mistakes, most confident first", "all, most confident first",
          "all, least confident first"]  # fmt: skip
PAGE = 12  # images at a time


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
        found = rank_places(labels == CLASS_NAMES.index(name), predicted != labels,
                       confidence, order)  # fmt: skip
        titles = [f"{CLASS_NAMES[predicted[i]]} {confidence[i]:.2f}" for i in found]
        words = f"{len(found)} images of the class {name}: {order}. "
        words += "Under each stands what the model says, and with which confidence."
        alts = [f"A photo of the class {name}, called {title}" for title in titles]
        return image_page(images[found], titles, alts), words

    show_controls(
        {
            "name": choice("true class", list(CLASS_NAMES)),
            "order": choice("order", ORDERS),
        },
        draw,
    )
    _own_photo(model)


def rank_places(of_class, wrong, confidence, order):
    """Return the places of the images to show, `PAGE` at most.

    Parameters
    ----------
    of_class, wrong : arrays of shape (n,), bool
    confidence : array of shape (n,)
    order : str
        One of `ORDERS`.
    """
    wanted = of_class & wrong if order == ORDERS[0] else of_class
    places = np.flatnonzero(wanted)
    ranked = places[np.argsort(-confidence[places], kind="stable")]
    return ranked[::-1][:PAGE] if order == ORDERS[2] else ranked[:PAGE]


def image_page(images, titles, alts):
    """Return the HTML of small images, each over its title, as a list."""
    items = "".join(
        '<li style="width: 110px; margin: 4px; line-height: 1.2">'
        f"{_pixel_img(image, alt)}<br>{html.escape(title)}</li>"
        for image, title, alt in zip(images, titles, alts, strict=True)
    )
    return (
        '<ul style="display: flex; flex-wrap: wrap; list-style: none; padding: 0; '
        f'margin: 0; min-height: 250px; max-width: 740px">{items}</ul>'
    )


def _pixel_img(image, alt, width=96):
    """Return the HTML of a small image, each of its pixels to be seen."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="png")
    return (
        f'<img alt="{html.escape(alt)}" width="{width}" height="{width}" '
        'style="image-rendering: pixelated" src="data:image/png;base64,'
        f'{base64.b64encode(buffer.getvalue()).decode()}">'
    )


def _own_photo(model):
    """Show a button that takes a photo, and what the model says of it."""
    upload = ipywidgets.FileUpload(
        accept="image/*", multiple=False, description="a photo of your own"
    )
    upload.layout.width = "16em"
    result = ipywidgets.HTML()

    def answer(change):
        if upload.value:
            result.value = describe_photo(model, bytes(upload.value[0]["content"]))

    upload.observe(answer, "value")
    show_box([upload, result])


def describe_photo(model, content):
    """Return the HTML of a photo as the model sees it, and of what it says.

    Parameters
    ----------
    model : keras.Model
    content : bytes
        An image file. Of one that cannot be read, the HTML says so.
    """
    try:
        photo = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        photo = ImageOps.fit(photo.convert("RGB"), (32, 32))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        return (
            f'<p aria-live="polite">This file cannot be read as a photo '
            f"({html.escape(type(error).__name__)}). Try a JPEG or PNG file.</p>"
        )
    small = np.asarray(photo)
    probabilities = model.predict(small[np.newaxis], verbose=0)[0]
    best = probabilities.argsort()[::-1][:3]
    words = ", ".join(f"{CLASS_NAMES[i]} {probabilities[i]:.2f}" for i in best)
    picture = _pixel_img(small, "Your photo, as small as the model sees it")
    return f'{picture}<p aria-live="polite">The model says: {words}.</p>'
