"""What a figure draws, as plain text: for tests, and for whoever reads differences.

A picture cannot be compared from one machine to the next, and nobody sees in it which
column a line shows. The text of a figure has a line for each thing that it draws: its
titles and labels, and the data behind each line, bar, dot, heat map and image. A change
of a figure is then a change of a few lines of text.
"""

import hashlib

import numpy as np
from matplotlib.collections import LineCollection, PathCollection, QuadMesh
from matplotlib.colors import to_hex

__all__ = ["describe"]

LONGEST = 24  # of a line's points, these many are written, evenly spread


def __dir__():
    """Offer the public names to tab completion."""
    return __all__


def describe(fig, alt, save_as=None):
    """Return what a figure draws as text, a line for each thing.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    alt : str
        Its text alternative.
    save_as : str, optional
        The file that it is saved in.

    Returns
    -------
    str
        Numbers have four significant digits. An image is written as its shape and the
        beginning of the SHA-256 of its bytes, so that a reader who has the data set can
        find it there. Any other array is written by the means of its parts.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> line = ax.plot([1, 2], [0.5, 0.25], "--", label="loss")
    >>> print(describe(fig, "A line that falls."))
    alt: A line that falls.
    panel 1: title "", x "", y ""
      range: x 0.95 to 2.05, y 0.2375 to 0.5125
      line "loss", dashed: x 1 2, y 0.5 0.25
    """
    lines = [f"alt: {alt}"]
    if save_as:
        lines.append(f"file: {save_as}")
    if fig.get_suptitle():
        lines.append(f"title: {_one_line(fig.get_suptitle())}")
    for legend in fig.legends:
        lines.append(_legend(legend))
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
    keys = _keys(legend)
    lines += [_line(each, keys) for each in ax.lines if _has_points(each)]
    for container in ax.containers:
        if hasattr(container, "patches"):
            lines.append(_bars(container, ax))
    for each in ax.collections:
        lines.append(_collection(each, keys, ax))
    lines += [f"image: {_array(each.get_array())}" for each in ax.images]
    meshes = [each for each in ax.collections if isinstance(each, QuadMesh)]
    texts = [each for each in ax.texts if each.get_text().strip()]
    if meshes and len(texts) == meshes[0].get_array().size:
        lines.append(f"written: {' '.join(text.get_text() for text in texts)}")
    else:
        lines += [_words(each) for each in texts]
    if legend:
        lines.append(_legend(legend))
    return lines[:1] + [f"  {each}" for each in lines[1:] if each]


def _has_points(line):
    """Return whether a line draws anything: seaborn leaves empty ones behind."""
    return any(np.isfinite(np.asarray(line.get_xydata(), float)).all(axis=1))


def _line(line, keys):
    name = line.get_label()
    look = _look(line)
    if name.startswith("_"):  # seaborn names its lines in the legend alone
        name = keys.get(look, keys.get(look[:1], ""))
    x, y = (np.asarray(each, float) for each in line.get_data())
    marker = line.get_marker()
    style = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "dash-dotted"}
    words = style.get(line.get_linestyle(), "points only")
    words += "" if marker in ("None", None, "", " ") else f", marker {marker}"
    many = f", {len(x)} points" if len(x) > LONGEST else ""
    if many:
        some = np.linspace(0, len(x) - 1, LONGEST).round().astype(int)
        x, y = x[some], y[some]
    return f'line "{name}", {words}{many}: x {_texts(x)}, y {_texts(y)}'


def _bars(container, ax):
    """Return the lengths of bars, each behind the name that its axis gives it."""
    bars = container.patches
    flat = container.orientation == "horizontal"
    axis = ax.yaxis if flat else ax.xaxis
    ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
    names = {round(place): label.get_text() for place, label in ticks}
    parts = []
    for bar in bars:
        middle, length = (
            (bar.get_y() + bar.get_height() / 2, bar.get_x() + bar.get_width())
            if flat
            else (bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height())
        )
        parts.append(f"{names.get(round(middle)) or _text(middle)} {_text(length)}")
    label = container.get_label()
    name = "" if label.startswith("_") else f' "{label}"'
    return f"bars{name}: {', '.join(parts)}"


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
    corners = np.concatenate([path.vertices for path in drawn.get_paths()] or [[]])
    edges = {}
    for x, y in corners:
        low, high = edges.get(x, (y, y))
        edges[x] = min(low, y), max(high, y)
    if all(low == high for low, high in edges.values()):
        return ""
    places = sorted(edges)
    lows, highs = zip(*map(edges.get, places), strict=True)
    return f"area: x {_texts(places)}, from {_texts(lows)}, to {_texts(highs)}"


def _legend(legend):
    entries = ", ".join(f'"{text.get_text()}"' for text in legend.get_texts())
    title = legend.get_title().get_text()
    return f"legend{f' of {title}' if title else ''}: {entries}"


def _keys(legend):
    """Return what the legend calls a line, by its look, and dots, by their colour."""
    keys = {}
    for handle, text in zip(
        legend.legend_handles if legend else [],
        legend.get_texts() if legend else [],
        strict=True,
    ):
        if hasattr(handle, "get_linestyle") and hasattr(handle, "get_color"):
            keys[_look(handle)] = text.get_text()
            keys.setdefault(_look(handle)[:1], text.get_text())
            face = handle.get_markerfacecolor()
            keys.setdefault((to_hex(face),), text.get_text())
        elif hasattr(handle, "get_facecolor"):
            face = np.atleast_2d(handle.get_facecolor())
            if len(face):
                keys.setdefault((to_hex(face[0]),), text.get_text())
    return keys


def _look(line):
    return to_hex(line.get_color()), line.get_linestyle()


def _words(text):
    return f'text at {_texts(text.get_position())}: "{_one_line(text.get_text())}"'


def _array(array):
    """Return an array: whole if it is small, else by its digest or its parts."""
    array = np.ma.getdata(array)
    shape = " × ".join(map(str, array.shape))
    if array.dtype == np.uint8:
        digest = hashlib.sha256(np.ascontiguousarray(array)).hexdigest()[:16]
        return f"{shape} uint8 {digest}"
    if array.size <= 144:
        rows = array.reshape(len(array), -1) if array.ndim else array.reshape(1, 1)
        return f"{shape}: {'; '.join(map(_texts, rows))}"
    # The means of 4 × 4 parts tell an array from its mirror images and transpose
    parts = [
        part.mean(axis=tuple(range(2)))
        for rows in np.array_split(array, 4)
        for part in np.array_split(rows, 4, axis=1)
    ]
    return f"{shape}, means of 16 parts: {_texts(np.ravel(parts))}"


def _texts(numbers):
    return " ".join(map(_text, np.ravel(np.asarray(numbers, dtype=object))))


def _text(number):
    if isinstance(number, str):
        return number
    return f"{float(number) + 0.0:.4g}"


def _one_line(text):
    return " / ".join(text.splitlines())
