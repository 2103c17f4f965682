"""The lesson's drawings: what would take a learner's attention away from the lesson.

Sheets of images, windows on numbers, paths of gradient descent, networks. The curves of
a training run are drawn in the notebooks themselves.
"""

import re

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.colors import to_rgb

__all__ = [
    "descent_panels",
    "dropout_sketch",
    "image_sheet",
    "network",
    "neuron_sketch",
    "sliding_window",
]
__dir__ = __all__.copy  # what tab completion offers

BLUE, ORANGE = sns.color_palette("colorblind")[:2]


def image_sheet(images, titles, columns, size=1.1):
    """Return a figure of images in rows, each under its title.

    Parameters
    ----------
    images : array of shape (n, height, width, 3), uint8 or float in [0, 1]
    titles : sequence of n str
    columns : int
        Images in a row.
    size : float
        Width of an image in inches.

    Examples
    --------
    >>> fig = image_sheet(np.zeros((3, 32, 32, 3)), ["a", "b", "c"], columns=2)
    >>> len(fig.axes)
    4
    """
    rows = -(-len(images) // columns)
    figsize = columns * size, rows * size * 1.25
    fig, _ = plt.subplots(rows, columns, figsize=figsize)
    for ax in fig.axes:
        ax.axis("off")
    for ax, image, title in zip(fig.axes, images, titles, strict=False):
        ax.imshow(image)
        ax.set_title(title, fontsize=9)
    return fig


def sliding_window(numbers, weights=None, place=None):
    """Draw a window that slides over a table of numbers, and what it has found so far.

    Parameters
    ----------
    numbers : array of shape (height, width)
    weights : array of shape (n, n), optional
        The filter of a convolution. Without it, the window is that of max pooling: two
        by two numbers, two steps apart.
    place : int, optional
        Where the window lies, counted from 0, row by row; if not given, at the end.

    Returns
    -------
    (matplotlib.figure.Figure, str)
        The figure, and the same in words.

    Examples
    --------
    >>> sliding_window([[1, 2, 0, 1], [3, 6, 1, 3]], place=1)[1]
    'Window 2 of 2: rows 0 to 1, columns 2 to 3. Its largest number is 3.'
    """
    numbers = np.asarray(numbers)
    size, step = (2, 2) if weights is None else (len(weights), 1)
    windows = np.lib.stride_tricks.sliding_window_view(numbers, (size, size))
    windows = windows[::step, ::step]
    numbered = np.arange(windows[..., 0, 0].size).reshape(windows.shape[:2])
    place = numbered.max() if place is None else place
    row, column = np.unravel_index(place, numbered.shape)
    top, left = row * step, column * step
    words = (
        f"Window {place + 1} of {numbered.size}: rows {top} to {top + size - 1}, "
        f"columns {left} to {left + size - 1}. "
    )
    if weights is None:
        found, title = windows.max((2, 3)), "largest so far"
        words += f"Its largest number is {found[row, column]:g}."
        tables = [("feature map", numbers, (left, top, 2))]
    else:
        weights = np.asarray(weights)
        found, title = (windows * weights).sum((2, 3)), "sums so far"
        products = windows[row, column] * weights
        lines = "; ".join(" ".join(f"{each:g}" for each in line) for line in products)
        words += f"The products: {lines}. Their sum is {found[row, column]:g}."
        tables = [("image", numbers, (left, top, size))]
        tables += [("filter", weights, ()), ("products", products, ())]
    so_far = np.where(numbered <= place, found, np.nan)
    return _draw_tables([*tables, (title, so_far, (column, row, 1))]), words


def _draw_tables(tables):
    """Draw tables beside each other, all cells alike.

    Each is (title, numbers, part); a part is (left, top, size). The numbers of a table
    with a part are shaded, and its part is framed.
    """
    gap, x = 1.2, 0
    width = sum(numbers.shape[1] + gap for _, numbers, _ in tables)
    highest = max(len(numbers) for _, numbers, _ in tables)
    fig, ax = plt.subplots(figsize=(width / 2, highest / 2 + 0.5))
    for title, numbers, part in tables:
        height, width = numbers.shape
        y = (highest - height) / 2
        edges = np.arange(width + 1) + x, np.arange(height + 1) + y
        # Without a part, all are above the range of the greys: white
        top = np.nanmax(numbers) or 1 if part else numbers.min() - 1
        greys = {"cmap": "gray", "vmin": min(0, top - 1), "vmax": top}
        mesh = ax.pcolormesh(*edges, numbers, edgecolors="0.6", **greys)
        for (row, column), value in np.ndenumerate(numbers):
            place = x + column + 0.5, y + row + 0.5
            written = "" if np.isnan(value) else f"{value:g}"
            color = "white" if mesh.norm(value) < 0.5 else "black"
            ax.text(*place, written, ha="center", va="center", color=color)
        ax.text(x + width / 2, y - 0.3, title, ha="center", fontsize=11)
        if part:
            left, top, size = part
            corner = (x + left, y + top)
            ax.add_patch(plt.Rectangle(corner, size, size, fill=False, ec=ORANGE, lw=4))
        x += width + gap
    ax.set(xlim=(-0.1, x - gap + 0.1), ylim=(highest + 0.1, -0.8), aspect="equal")
    ax.axis("off")
    return fig


def descent_panels(loss, paths, titles):
    """Return a figure of paths of gradient descent on a loss, a panel each.

    Parameters
    ----------
    loss : callable
        The loss of a weight, for an array of weights.
    paths : sequence of arrays of shape (steps + 1,)
        The weights that gradient descent visited, the start first.
    titles : sequence of str, one for each path

    Examples
    --------
    >>> paths = [np.array([2.0, 1.6, 1.28]), np.array([2.0, -2.4, 2.9])]
    >>> fig = descent_panels(np.square, paths, ["good", "too large"])
    >>> fig.axes[1].get_title()
    'too large'
    """
    size = 3.6 * len(paths), 3.4
    fig, axes = plt.subplots(1, len(paths), figsize=size, sharey=True)
    # One scale for all panels, wide enough for the path that strays farthest
    reach = np.abs(np.concatenate(paths)).max() * 1.15
    weights = np.linspace(-reach, reach, 200)
    for ax, path, title in zip(axes, paths, titles, strict=True):
        ax.plot(weights, loss(weights), color=BLUE)
        ax.plot(path, loss(path), "o--", color=ORANGE, markersize=5, linewidth=1)
        ax.plot(path[0], loss(path[0]), "s", color="black", markersize=8)
        ax.set_title(title, fontsize=11)
        ax.set_xlabel("weight")
    axes[0].set_ylabel("loss")
    return fig


def dropout_sketch():
    """Return a figure of a dense network without dropout, and for two steps with it.

    Examples
    --------
    >>> [ax.get_title() for ax in dropout_sketch().axes][0]
    'Without dropout'
    """
    dropped = {  # (layer, neuron)
        "Without dropout": (),
        "With dropout, one step": [(1, 0), (1, 3), (2, 1), (2, 2), (2, 4)],
        "With dropout, next step": [(1, 1), (1, 2), (1, 4), (2, 0), (2, 3)],
    }
    fig, axes = plt.subplots(1, 3, figsize=(10.5, 3.6))
    for ax, title in zip(axes, dropped, strict=True):
        _draw_neurons(ax, dropped[title])
        ax.set_title(title)
    return fig


def _draw_neurons(ax, dropped):
    """Draw a small dense network, and what is dropped of it."""
    points = {
        (i, j): (i * 1.6, j - (size - 1) / 2)
        for i, size in enumerate((3, 5, 5, 2))
        for j in range(size)
    }
    for (i, j), (x, y) in points.items():
        if (i, j) in dropped:
            ax.plot(x, y, "o", ms=20, mfc="white", mec=ORANGE, mew=1.5)
            ax.plot(x, y, "x", ms=11, mec=ORANGE, mew=2.5)
            continue
        for (k, m), (x2, y2) in points.items():
            if k == i + 1 and (k, m) not in dropped:
                ax.plot([x, x2], [y, y2], color="0.65", linewidth=0.8)
        ax.plot(x, y, "o", ms=20, mfc=BLUE, mec="black")
    ax.set(xlim=(-0.6, 5.4), ylim=(-2.7, 2.7))
    ax.axis("off")


ROW = 12  # layers beside each other


def network(model):
    """Draw the layers of a model in order: what shrinks, what deepens, what learns.

    A box is as high as the images in it, and the wider, the more numbers there are at
    each of their places. A row of numbers is a bar, the higher, the longer it is.
    (Widths, and heights of bars, are square roots: else one could not see the small
    ones.) Layers without parameters are grey.

    Parameters
    ----------
    model : keras.Model
        Drawn in the order of `model.summary()`, which also lists branches one by one.

    Returns
    -------
    (matplotlib.figure.Figure, str)
        The figure, and the same in words.

    Raises
    ------
    ValueError
        If the shapes are not known yet.

    Examples
    --------
    >>> import keras
    >>> small = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)], name="one")
    >>> network(small)[1]
    'The network one. Input: 8. Dense: 2, 18 parameters. Together 18 parameters.'
    """
    steps = _steps(model)
    boxes = [shape for _, shape, _ in steps if len(shape) > 1]
    highest = max((shape[0] for shape in boxes), default=1)
    deepest = max((shape[-1] for shape in boxes), default=1)
    longest = max((s[0] for _, s, _ in steps if s not in boxes), default=1)
    columns, rows = min(ROW, len(steps)), -(-len(steps) // ROW)
    fig, ax = plt.subplots(figsize=(0.87 * columns + 0.9, 2.6 * rows))
    words = f"The network {model.name}."
    for i, (kind, shape, parameters) in enumerate(steps):
        x, y = i % ROW, -2.6 * (i // ROW)
        color = BLUE if parameters else "0.6"
        if shape in boxes:
            width, height = 0.45 * (shape[-1] / deepest) ** 0.5, shape[0] / highest
            _box(ax, x, y, width, height, 0.3 * height, color)
        else:
            _box(ax, x, y, 0.1, 1.3 * (shape[0] / longest) ** 0.5, 0, color)
        size = "×".join(f"{n:,}" for n in shape)
        count = f"{parameters:,}" if parameters else "–"
        name = re.sub("(?<=[a-z])(?=[A-Z])", "\n", kind)
        text = {"ha": "center", "va": "top", "fontsize": 10}
        ax.text(x, y - 1.1, name, weight="bold", **text | {"va": "bottom"})
        ax.text(x, y - 1.14, f"{size}\n{count}", **text)
        words += f" {kind}: {size.replace('×', ' × ')}"
        words += f", {count} parameters." if parameters else "."
        if x == 0:
            text["ha"] = "right"
            ax.text(-0.55, y - 1.14, "shape\nparameters", color="0.3", **text)
    ax.set(xlim=(-1.5, columns - 0.4), ylim=(-2.6 * rows + 1, 0.8))
    ax.axis("off")
    return fig, f"{words} Together {model.count_params():,} parameters."


def _steps(model):
    """Return (kind, shape of one output, parameters) of the input and of each layer."""
    try:
        steps = [
            (type(layer).__name__, layer.output.shape, layer.count_params())
            for layer in model.layers
        ]
        if "InputLayer" not in {kind for kind, _, _ in steps}:  # keras.Sequential
            steps.insert(0, ("InputLayer", model.input_shape, 0))
    except (AttributeError, ValueError):
        raise ValueError(
            f"{model.name} cannot be drawn: a shape is not known yet, or a layer has "
            "several outputs. Begin the model with a keras.Input."
        ) from None
    return [
        (kind.removesuffix("Layer"), tuple(n or 1 for n in shape[1:]) or (1,), count)
        for kind, shape, count in steps
    ]


def _box(ax, x, y, width, height, depth, color):
    """Draw a box around a point: its front, its top and its side, each in its light."""
    color = np.array(to_rgb(color))
    left, low = x - (width + depth) / 2, y - (height + depth) / 2
    front = np.array([(0, 0), (width, 0), (width, height), (0, height)]) + (left, low)
    back = front + depth
    top = [front[3], front[2], back[2], back[3]]
    side = [front[1], back[1], back[2], front[2]]
    for light, corners in ((0, front), (0.45, top), (0.25, side)):
        face = color + (1 - color) * light
        ax.add_patch(plt.Polygon(corners, fc=face, ec="black", lw=0.8))


def neuron_sketch():
    """Return a figure of one neuron: inputs, weights, sum with bias, activation.

    Examples
    --------
    >>> len(neuron_sketch().axes)
    1
    """
    fig, ax = plt.subplots(figsize=(8, 3.2))
    arrow = {"arrowstyle": "-|>", "color": "0.3", "shrinkA": 16, "shrinkB": 20}
    for i, y in enumerate((1.2, 0.0, -1.2), start=1):
        ax.plot(0, y, "o", ms=30, mfc="white", mec=BLUE, mew=2)
        ax.text(0, y, f"$x_{i}$", ha="center", va="center", fontsize=13)
        ax.annotate("", (2.2, 0), (0, y), arrowprops=arrow)
        ax.text(1.0, y * 0.55 + 0.16, f"$w_{i}$", ha="center", fontsize=13)
    for x, word, color in ((2.2, "sum", BLUE), (4.2, "ReLU", ORANGE)):
        ax.plot(x, 0, "o", ms=50, mfc="white", mec=color, mew=2)
        ax.text(x, 0, word, ha="center", va="center", fontsize=11)
    arrow = {**arrow, "shrinkA": 26, "shrinkB": 26}
    ax.annotate("", (4.2, 0), (2.2, 0), arrowprops=arrow)
    ax.annotate("", (6.0, 0), (4.2, 0), arrowprops={**arrow, "shrinkB": 4})
    ax.text(2.2, -1.05, "$w_1x_1 + w_2x_2 + w_3x_3 + b$", ha="center", fontsize=11)
    ax.text(4.2, -1.05, "max(0, sum)", ha="center", fontsize=11)
    ax.text(0, 1.85, "inputs", ha="center", fontsize=11)
    ax.text(6.1, 0, "output", va="center", fontsize=11)
    ax.set(xlim=(-0.6, 7), ylim=(-1.8, 2.1))
    ax.axis("off")
    return fig
