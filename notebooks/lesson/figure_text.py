"""What a figure draws, as plain text: for tests, and for whoever reads differences.

Two pictures that differ do not say what has changed, and nobody sees in them which
column a line shows. The text of a figure has a line for each thing that it draws: its
titles and labels, and the data behind each line, bar, dot, heat map and image. A change
of a figure is then a change of a few lines of text.
"""

import hashlib

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PathCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.lines import Line2D

LONGEST = 24  # of a line's points, these many are written, evenly spread


def describe(fig, alt, save_as=None):
    """Return what a figure draws as text, a line for each thing.

    The first lines are its text alternative and the file that it is saved in. Numbers
    have four significant digits. An image is written as its shape and the beginning of
    the SHA-256 of its bytes, so that a reader who has the data set can find it there.
    Any other large array is written by the means of its parts.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> line = ax.plot([1, 2], [0.5, 0.25], "--", label="loss")
    >>> text = ax.text(1.23456789, "cat", "a name on an axis")
    >>> print(describe(fig, "A line that falls."))
    alt: A line that falls.
    panel 1: title "", x "", y ""
      range: x 0.95 to 2.05, y 0.2375 to 0.5125
      line "loss", dashed: x 1 2, y 0.5 0.25
      text at 1.235 cat: "a name on an axis"
    """
    lines = [f"alt: {alt}"]
    if save_as:
        lines.append(f"file: {save_as}")
    if fig.get_suptitle():
        lines.append(f"title: {_one_line(fig.get_suptitle())}")
    lines += map(_legend, fig.legends)
    panels = [ax for ax in fig.axes if ax.get_label() != "<colorbar>"]
    for number, ax in enumerate(panels, start=1):
        lines += _panel(number, ax)
    return "\n".join(lines)


def _panel(number, ax):
    """Return the lines of text about the axes of one panel."""
    names = _one_line(ax.get_title()), ax.get_xlabel(), ax.get_ylabel()
    lines = ['panel {}: title "{}", x "{}", y "{}"'.format(number, *names)]
    if ax.axison:
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        words = f"x {_text(left)} to {_text(right)}, y {_text(low)} to {_text(high)}"
        scales = [f"{ax.get_xscale()} x", f"{ax.get_yscale()} y"]
        words += "".join(f", {each}" for each in scales if "linear" not in each)
        lines.append(f"range: {words}")
    legend = ax.get_legend()
    keys = _keys(legend) if legend else {}
    lines += [_line(each, keys) for each in ax.lines]
    bars = [each for each in ax.containers if isinstance(each, BarContainer)]
    lines += [_bars(each, ax) for each in bars]
    lines += [_collection(each, keys, ax) for each in ax.collections]
    lines += [f"image: {_array(each.get_array())}" for each in ax.images]
    meshes = [each for each in ax.collections if isinstance(each, QuadMesh)]
    texts = [each for each in ax.texts if each.get_text().strip()]
    if meshes and len(texts) == meshes[0].get_array().size:
        lines.append(f"written: {' '.join(text.get_text() for text in texts)}")
    else:
        lines += [
            f'text at {_texts(each.get_position())}: "{_one_line(each.get_text())}"'
            for each in texts
        ]
    if legend:
        lines.append(_legend(legend))
    return lines[:1] + [f"  {each}" for each in lines[1:] if each]


def _line(line, keys):
    name = line.get_label()
    look = _look(line)
    if name.startswith("_"):  # seaborn names its lines in the legend alone
        name = keys.get(look, keys.get(look[:1], ""))
    x, y = (np.asarray(each, float) for each in line.get_data())
    if not np.isfinite(x + y).any():  # seaborn leaves lines without points behind
        return ""
    marker = line.get_marker()
    style = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "dash-dotted"}
    words = style.get(line.get_linestyle(), "points only")
    words += "" if marker in ("None", None, "", " ") else f", marker {marker}"
    if len(x) > LONGEST:
        words += f", {len(x)} points"
        some = np.linspace(0, len(x) - 1, LONGEST).round().astype(int)
        x, y = x[some], y[some]
    return f'line "{name}", {words}: x {_texts(x)}, y {_texts(y)}'


def _bars(container, ax):
    """Return the lengths of bars, each behind the name that its axis gives it."""
    axis = ax.yaxis if container.orientation == "horizontal" else ax.xaxis
    ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
    names = {round(place): label.get_text() for place, label in ticks}
    ends = zip(container.position_centers, container.tops, strict=True)
    bars = ", ".join(
        f"{names.get(round(middle)) or _text(middle)} {_text(end)}"
        for middle, end in ends
    )
    label = container.get_label()
    return f"bars: {bars}" if label.startswith("_") else f'bars "{label}": {bars}'


def _collection(drawn, keys, ax):
    """Return a line for dots, a heat map, or the bars of errors."""
    if isinstance(drawn, QuadMesh):
        words = f"heat map: {_array(drawn.get_array())}"
        if ax.axison:
            for side, axis in (("rows", ax.yaxis), ("columns", ax.xaxis)):
                names = [label.get_text() for label in axis.get_ticklabels()]
                words += f"; {side} {' '.join(names)}"
        return words
    if isinstance(drawn, PathCollection):
        dots = np.asarray(drawn.get_offsets(), float)
        if not len(dots):
            return ""
        color = to_hex(drawn.get_facecolor()[0])
        name = drawn.get_label()
        name = keys.get((color,), "") if name.startswith("_") else name
        return f'dots "{name}": x {_texts(dots[:, 0])}, y {_texts(dots[:, 1])}'
    if isinstance(drawn, LineCollection):
        parts = [_texts(part) for part in drawn.get_segments()[:LONGEST]]
        return f"segments: {'; '.join(parts)}" if parts else ""
    # An area between two lines, seen from below and from above
    corners = [pd.DataFrame(path.vertices) for path in drawn.get_paths()]
    edges = pd.concat([pd.DataFrame(columns=[0, 1]), *corners]).groupby(0)[1]
    lows, highs = edges.min(), edges.max()
    if (lows == highs).all():
        return ""
    return f"area: x {_texts(lows.index)}, from {_texts(lows)}, to {_texts(highs)}"


def _legend(legend):
    entries = ", ".join(f'"{text.get_text()}"' for text in legend.get_texts())
    title = legend.get_title().get_text()
    return f"legend{f' of {title}' if title else ''}: {entries}"


def _keys(legend):
    """Return what the legend calls a line, by its look, and dots, by their colour."""
    keys = {}
    for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
        name = text.get_text()
        if isinstance(handle, Line2D):
            keys[_look(handle)] = name
            keys.setdefault(_look(handle)[:1], name)
            keys.setdefault((to_hex(handle.get_markerfacecolor()),), name)
        elif hasattr(handle, "get_facecolor"):
            for face in np.atleast_2d(handle.get_facecolor())[:1]:
                keys.setdefault((to_hex(face),), name)
    return keys


def _look(line):
    return to_hex(line.get_color()), line.get_linestyle()


def _array(array):
    """Return an array: whole if it is small, else by its digest or its parts."""
    array = np.ma.getdata(array)
    shape = " × ".join(map(str, array.shape))
    if array.dtype == np.uint8:
        return f"{shape} uint8 {hashlib.sha256(array.tobytes()).hexdigest()[:16]}"
    if array.size <= 144:
        return f"{shape}: {'; '.join(map(_texts, array))}"
    # The means of 4 × 4 parts tell an array from its mirror images and transpose
    parts = [
        part.mean(axis=(0, 1))
        for rows in np.array_split(array, 4)
        for part in np.array_split(rows, 4, axis=1)
    ]
    return f"{shape}, means of 16 parts: {_texts(np.ravel(parts))}"


def _texts(numbers):
    # As objects: beside a text, such as a class name, NumPy would make texts of numbers
    return " ".join(map(_text, np.ravel(np.asarray(numbers, dtype=object))))


def _text(number):
    """Return a number with four digits; a name on an axis as it is."""
    return number if isinstance(number, str) else f"{float(number) + 0.0:.4g}"


def _one_line(text):
    return " / ".join(text.splitlines())
