"""What the notebooks' figures draw, as text: `fig/NAME.txt`, a part for each cell.

`lesson.plot.show` writes the text of a figure; here it is gathered cell by cell, and an
image that is one of CIFAR-10's is called by its place in the data set.
"""

import functools
import hashlib
import re
import sys

from format import NOTEBOOKS, ROOT

FIG = ROOT / "fig"


def take(path):
    """Return the text of a kernel's new figures, with images called by their places.

    It is taken out of the file that `LESSON_FIGURES` names to the kernel.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.unlink(missing_ok=True)
    digest = r"(?<= uint8 )[0-9a-f]{16}"
    return re.sub(digest, lambda x: _images().get(x[0], x[0]), text).strip()


@functools.cache
def _images():
    """Return for each image of CIFAR-10 its name, by the start of its SHA-256."""
    sys.path.append(str(NOTEBOOKS))
    from lesson import data

    names = {}
    train, test = data.load_cifar10()
    for part, (images, labels) in {"train": train, "test": test}.items():
        for place, image in enumerate(images):
            digest = hashlib.sha256(image).hexdigest()[:16]
            names[digest] = f"{part} {place}, {data.CLASS_NAMES[labels[place, 0]]}"
    return names


def write(name, figures):
    """Write the text of a notebook's figures, by the ids of their cells."""
    parts = [f"## {cell}\n\n{text}\n" for cell, text in figures.items()]
    path = FIG / f"{name}.txt"
    path.unlink(missing_ok=True)
    if parts:
        path.write_text("\n".join(parts), encoding="utf-8", newline="\n")


def read(name):
    """Return the text of a notebook's figures, by the ids of their cells."""
    path = FIG / f"{name}.txt"
    if not path.exists():
        return {}
    _, *parts = re.split(r"(?m)^## (.+)\n", path.read_text(encoding="utf-8"))
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))
