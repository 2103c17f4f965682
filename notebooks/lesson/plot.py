"""Figures with a text alternative, in the lesson's one style."""

import base64
import html
import io
import os
import re
from pathlib import Path

import matplotlib.pyplot as plt
import seaborn as sns
from IPython import get_ipython
from IPython.display import display
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lesson.figure_text import describe

# Those who work on copies, see tools/lab.py, have a folder of their own
FIG_DIR = Path(
    os.environ.get("LESSON_FIG") or Path(__file__).resolve().parents[2] / "fig"
)

__all__ = ["show", "use_style"]
__dir__ = __all__.copy  # what tab completion offers


def use_style():
    """Set the lesson's one style: a light grid, colours that colour-blind people tell
    apart, letters of the font that comes with Matplotlib, so that they are the same on
    every system. Keras' summaries lose their colours, some of which are too pale to
    read.

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["figure.constrained_layout.use"]
    True
    """
    sns.set_theme(style="whitegrid", palette="colorblind", font="DejaVu Sans")
    plt.rcParams["figure.constrained_layout.use"] = True
    if shell := get_ipython():
        bundles = shell.display_formatter.mimebundle_formatter
        bundles.for_type_by_name("rich.jupyter", "JupyterRenderable", _without_colours)


def _without_colours(drawn, **options):
    """Return what rich, by which Keras writes its summaries, hands to a notebook."""
    page = re.sub(r'<span style="color[^>]*>(.*?)</span>', r"\1", drawn.html)
    return {
        "text/html": page.replace('<pre style="', '<pre style="margin:0;'),
        "text/plain": re.sub(r"\x1b\[[\d;]*m", "", drawn.text),
    }


def show(fig, alt, save_as=None):
    """Show a figure with a text alternative and close it.

    JupyterLab, nbconvert and Sphinx drop the text alternative of a PNG output; an
    HTML output with an ``<img>`` keeps it everywhere.

    If the environment variable ``LESSON_FIGURES`` names a file, what the figure draws
    is added to it as text, see `lesson.figure_text`. Our tests compare that.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    alt : str
        What is to be seen, for those who cannot see it: at least 20 characters.
    save_as : str, optional
        Name of a PNG file to write into the folder `fig/` as well, which is made
        if it is missing.

    Raises
    ------
    TypeError
        If `fig` is not a figure, for instance an array of axes.
    ValueError
        If `alt` says nothing, or `save_as` is not the bare name of a PNG file.

    Examples
    --------
    >>> fig, ax = plt.subplots()
    >>> line = ax.plot([1, 2])
    >>> show(fig, "A line that rises from 1 to 2.")
    {'text/html': '<img alt="A line that rises from 1 to 2."...}
    """
    if not isinstance(fig, plt.Figure):
        raise TypeError(
            f"show() needs a Matplotlib figure, not {type(fig).__name__}. "
            "Make one with: fig, axes = plt.subplots()"
        )
    alt = " ".join(str(alt).split())
    # An exporter writes the latter where an author left none
    if len(alt) < 20 or alt.startswith("No description has been provided"):
        raise ValueError(
            f"The text alternative {alt!r} does not say what the figure shows. "
            "Describe it in a sentence."
        )
    if save_as is not None and not re.fullmatch(r"[^/\\:]+\.png", str(save_as)):
        raise ValueError(
            f"save_as={str(save_as)!r}: give the name of a PNG file without a folder, "
            'such as "04_curves.png".'
        )

    picture = _with_palette(png(fig, alt), alt)
    record(fig, alt, save_as)
    plt.close(fig)
    if save_as is not None:
        FIG_DIR.mkdir(exist_ok=True)
        (FIG_DIR / save_as).write_bytes(picture)
    page = img(picture, alt, fig.get_figwidth() * 100)
    display({"text/html": page, "text/plain": alt}, raw=True)


def record(fig, alt, save_as=None):
    """Say as text what a figure draws, in the file that ``LESSON_FIGURES`` names."""
    if path := os.environ.get("LESSON_FIGURES"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(describe(fig, alt, save_as) + "\n\n")


def png(fig, alt, dpi=150):
    """Return a figure as the bytes of a PNG file, with its text alternative inside."""
    buffer = io.BytesIO()
    # Without the version of Matplotlib, the same picture is the same file everywhere
    metadata = {"Software": None, "Description": alt}
    fig.savefig(buffer, format="png", dpi=dpi, metadata=metadata)
    return buffer.getvalue()


def _with_palette(picture, alt):
    """Return a PNG file with 256 colours: a third of the bytes to commit and to load.

    Lines and letters have fewer colours than that; in a sheet of photos, each becomes
    the nearest in the palette.
    """
    drawn, small, words = Image.open(io.BytesIO(picture)), io.BytesIO(), PngInfo()
    words.add_text("Description", alt)
    options = {"optimize": True, "pnginfo": words, "dpi": drawn.info["dpi"]}
    drawn.convert("RGB").quantize(256).save(small, format="png", **options)
    return small.getvalue()


def img(picture, alt, width, height=None):
    """Return the HTML of a picture, of the bytes of a PNG or SVG file.

    The width is in pixels of the page, and less where the page is narrower. If a height
    is given, the page keeps it free before the picture is there.
    """
    kind = "svg+xml" if picture.startswith(b"<svg") else "png"
    size = f'width="{round(width)}"' + (f' height="{height}"' if height else "")
    return (
        f'<img alt="{html.escape(alt)}" {size} style="max-width: 100%; height: auto" '
        f'src="data:image/{kind};base64,{base64.b64encode(picture).decode()}">'
    )
