"""The lesson's drawings: what would take a learner's attention away from the lesson.

Sheets of images, tables of pixels, paths of gradient descent, sketches of networks. The
curves of a training are drawn in the notebooks themselves.
"""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

__all__ = [
    "descent_panels",
    "dropout_sketch",
    "image_sheet",
    "neuron_sketch",
    "pixel_grids",
]


def __dir__():
    """Offer the drawings to tab completion."""
    return __all__


def image_sheet(images, titles, columns, size=1.1):
    """Draw images in rows, each under its title.

    Parameters
    ----------
    images : array of shape (n, height, width, 3), uint8 or float in [0, 1]
    titles : sequence of n str
    columns : int
        Images in a row.
    size : float
        Width of an image in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = image_sheet(np.zeros((3, 32, 32, 3)), ["a", "b", "c"], columns=2)
    >>> len(fig.axes)
    4
    """
    rows = -(-len(images) // columns)
    fig, axes = plt.subplots(
        rows, columns, figsize=(columns * size, rows * size * 1.25), squeeze=False
    )
    for ax in axes.flat:
        ax.axis("off")
    for ax, image, title in zip(axes.flat, images, titles, strict=False):
        ax.imshow(image)
        ax.set_title(title, fontsize=9)
    return fig


def pixel_grids(grids, titles, size=3.2, decimals=0):
    """Draw tables of numbers side by side, each cell as dark as its number is small.

    Parameters
    ----------
    grids : sequence of arrays of shape (height, width)
    titles : sequence of str, one for each grid
    size : float
        Width of a grid in inches.
    decimals : int
        Digits after the point.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = pixel_grids([[[1, 2], [3, 4]]], ["four pixels"])
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['1', '2', '3', '4']
    """
    fig, axes = plt.subplots(
        1, len(grids), figsize=(size * len(grids), size * 1.1), squeeze=False
    )
    for ax, grid, title in zip(axes.flat, grids, titles, strict=True):
        grid = np.asarray(grid)
        ax.pcolormesh(grid, cmap="gray", edgecolors="0.6", linewidth=0.5)
        ax.invert_yaxis()  # the first row on top, as in an image
        ax.set_aspect("equal")
        middle = (grid.max() + grid.min()) / 2
        for (row, column), value in np.ndenumerate(grid):
            ax.text(
                column + 0.5,
                row + 0.5,
                f"{value:.{decimals}f}",
                ha="center",
                va="center",
                color="white" if value < middle else "black",
                fontsize=9,
            )
        ax.set_title(title, fontsize=11)
        ax.axis("off")
    return fig


def descent_panels(loss, paths, titles):
    """Draw paths of gradient descent on the curve of a loss, a panel each.

    Parameters
    ----------
    loss : callable
        The loss of a weight, for an array of weights.
    paths : sequence of arrays of shape (steps + 1,)
        The weights that gradient descent visited, the start first.
    titles : sequence of str, one for each path

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> paths = [np.array([2.0, 1.6, 1.28]), np.array([2.0, -2.4, 2.9])]
    >>> fig = descent_panels(np.square, paths, ["good", "too large"])
    >>> fig.axes[1].get_title()
    'too large'
    """
    blue, orange = sns.color_palette("colorblind")[:2]
    fig, axes = plt.subplots(
        1, len(paths), figsize=(3.6 * len(paths), 3.4), sharey=True
    )
    # One scale for all panels, wide enough for the path that strays farthest
    reach = max(np.abs(np.concatenate(paths)).max() * 1.15, 1.0)
    weights = np.linspace(-reach, reach, 200)
    for ax, path, title in zip(axes, paths, titles, strict=True):
        ax.plot(weights, loss(weights), color=blue)
        ax.plot(path, loss(path), "o--", color=orange, markersize=5, linewidth=1)
        ax.plot(path[0], loss(path[0]), "s", color="black", markersize=8)
        ax.set_title(title, fontsize=11)
        ax.set_xlabel("weight")
    axes[0].set_ylabel("loss")
    return fig


def _draw_network(ax, layers, dropped=()):
    """Draw a small dense network; `dropped` holds (layer, neuron) pairs."""
    blue, orange = sns.color_palette("colorblind")[:2]
    points = {
        (i, j): (i * 1.6, j - (size - 1) / 2)
        for i, size in enumerate(layers)
        for j in range(size)
    }
    for (i, j), (x, y) in points.items():
        for (k, m), (x2, y2) in points.items():
            if k == i + 1 and (i, j) not in dropped and (k, m) not in dropped:
                ax.plot([x, x2], [y, y2], color="0.65", linewidth=0.8, zorder=1)
        if (i, j) in dropped:
            ax.plot(x, y, "o", ms=20, mfc="white", mec=orange, mew=1.5, zorder=2)
            ax.plot(x, y, "x", ms=11, mec=orange, mew=2.5, zorder=3)
        else:
            ax.plot(x, y, "o", ms=20, mfc=blue, mec="black", zorder=2)
    ax.set(xlim=(-0.6, 1.6 * (len(layers) - 1) + 0.6), ylim=(-2.7, 2.7))
    ax.axis("off")


def dropout_sketch():
    """Draw a dense network without dropout, and with it for two training steps.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> [ax.get_title() for ax in dropout_sketch().axes][0]
    'Without dropout'
    """
    layers = (3, 5, 5, 2)
    fig, axes = plt.subplots(1, 3, figsize=(10.5, 3.6))
    _draw_network(axes[0], layers)
    _draw_network(axes[1], layers, {(1, 0), (1, 3), (2, 1), (2, 2), (2, 4)})
    _draw_network(axes[2], layers, {(1, 1), (1, 2), (1, 4), (2, 0), (2, 3)})
    titles = ("Without dropout", "With dropout, one step", "With dropout, next step")
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title)
    return fig


def neuron_sketch():
    """Draw one artificial neuron: inputs, weights, sum with bias, activation.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> len(neuron_sketch().axes)
    1
    """
    blue, orange = sns.color_palette("colorblind")[:2]
    fig, ax = plt.subplots(figsize=(8, 3.2))
    arrow = {"arrowstyle": "-|>", "color": "0.3", "shrinkA": 16, "shrinkB": 20}
    for i, y in enumerate((1.2, 0.0, -1.2), start=1):
        ax.plot(0, y, "o", ms=30, mfc="white", mec=blue, mew=2)
        ax.text(0, y, f"$x_{i}$", ha="center", va="center", fontsize=13)
        ax.annotate("", (2.2, 0), (0, y), arrowprops=arrow)
        ax.text(1.0, y * 0.55 + 0.16, f"$w_{i}$", ha="center", fontsize=13)
    steps = ((2.2, "sum", blue), (4.2, "ReLU", orange))
    for x, word, color in steps:
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
