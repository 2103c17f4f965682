"""A folder of photos, with a sub-folder for each class: looked at before training.

What can go wrong in such a folder is found here and said in a sentence. Nothing in a
learner's folder is ever changed.
"""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from lesson.data import CLASS_NAMES, load_cifar10

__all__ = [
    "check_folder",
    "group_duplicates",
    "is_photo",
    "list_photos",
    "make_folder",
    "read_photo",
]
__dir__ = __all__.copy  # for tab completion

FEWEST = 5  # photos in a class: less cannot be split into three sets
NO_PHOTOS = {"thumbs.db", "desktop.ini"}  # what Windows leaves in folders
SIDE = 512  # pixels: a JPEG file is read at about this size, which is far quicker
ALIKE = 0.9  # correlation of two thumbnails, from which on we call them the same


def list_photos(folder):
    """Return a dict with the list of files in each sub-folder of a folder, by its name.

    Both are in alphabetical order. Hidden files, and what Windows puts into folders of
    photos, are left out.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "cat").mkdir()
    >>> list_photos(folder)
    {'cat': []}
    """
    folders = [path for path in Path(folder).iterdir() if path.is_dir()]
    return {
        each.name: sorted(path for path in each.rglob("*") if _may_be_photo(path, each))
        for each in sorted(folders)
        if not each.name.startswith(".")
    }


def _may_be_photo(path, folder):
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.is_file() and not hidden and path.name.lower() not in NO_PHOTOS


def read_photo(path):
    """Read a photo upright, in red, green and blue; where it is transparent, in white.

    The `path` may also be a binary file that is open. Returns a `PIL.Image.Image` of
    mode "RGB". A large JPEG file is read at a smaller size, of which no side is below
    512 pixels. Raises OSError if the file is no photo that Pillow can read, or only a
    part of one.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "grey.png"
    >>> Image.new("L", (64, 48), 200).save(path)
    >>> read_photo(path).getpixel((0, 0))
    (200, 200, 200)
    """
    try:
        with Image.open(path) as photo:
            photo.draft(None, (SIDE, SIDE))
            photo = _in_bytes(ImageOps.exif_transpose(photo)).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        name = "This file" if hasattr(path, "read") else Path(path).name
        raise OSError(f"{name} cannot be read as a photo: {error}") from None
    white = Image.new("RGBA", photo.size, "white")
    return Image.alpha_composite(white, photo).convert("RGB")


def _in_bytes(photo):
    """Return a grey photo of 16 bits with 8; Pillow would make all but black white."""
    if photo.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(photo) >> 8).astype("uint8"))
    if photo.mode in ("I", "F"):
        raise ValueError("its numbers have no fixed range: save it as PNG or JPEG")
    return photo


def is_photo(path):
    """Say if a file can be read as a photo.

    Examples
    --------
    >>> is_photo(__file__)
    False
    """
    try:
        read_photo(path)
    except OSError:
        return False
    return True


def check_folder(folder):
    """Look for what is wrong with a folder of photos; return a sentence in any case.

    Raises ValueError with a sentence if the folder cannot be used: it is missing or
    empty, has no sub-folders, only one class, or too few photos in a class.

    Examples
    --------
    >>> check_folder("no_such_folder")
    Traceback (most recent call last):
    ValueError: There is no folder no_such_folder: check its name and its place.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}: check its name and its place.")
    classes = list_photos(folder)
    if not any(folder.iterdir()):
        raise ValueError(
            f"The folder {folder} is empty: make a sub-folder in it for each class."
        )
    if not classes:
        raise ValueError(
            f"The folder {folder} has no sub-folders: put the photos of each class "
            "into one that has the name of the class."
        )
    if len(classes) == 1:
        raise ValueError(
            f"The folder {folder} has only one class, {next(iter(classes))}: a network "
            "needs at least two classes to tell apart."
        )
    bad = [p for paths in classes.values() for p in paths if not is_photo(p)]
    counts = {name: len({*classes[name]} - {*bad}) for name in classes}
    rare = min(counts, key=counts.get)
    if counts[rare] < FEWEST:
        raise ValueError(
            f"The class {rare} has only {counts[rare]} photos that can be read: it "
            f"needs {FEWEST}, so that each of the three sets gets some, and 50 or "
            "more, so that a network can learn it."
        )
    words = ", ".join(f"{name} {count}" for name, count in counts.items())
    files = "All files can be read."
    if unreadable := ", ".join(path.relative_to(folder).as_posix() for path in bad):
        files = f"These files cannot be read and are left out: {unreadable}."
    return f"The folder is ready (photos: {words}). {files}"


def group_duplicates(paths):
    """Number photos so that those which look almost alike have the same number.

    Each photo becomes a thumbnail of 16 × 16 grey pixels. Two whose thumbnails have a
    correlation above 0.9 are in one group, and so are the neighbours of neighbours.
    Returns for each path the place in `paths` of the first one of its group.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> pixels = np.random.default_rng(1).integers(0, 200, (2, 16, 16), "uint8")
    >>> for name, each in zip("abc", [pixels[0], pixels[1], pixels[0] + 9]):
    ...     Image.fromarray(each).save(folder / f"{name}.png")
    >>> group_duplicates(sorted(folder.iterdir()))
    [0, 1, 0]
    """
    thumbnails = np.array([_thumbnail(path) for path in paths])
    groups = list(range(len(paths)))
    for i, alike in enumerate(thumbnails @ thumbnails.T > ALIKE):
        for j in np.flatnonzero(alike[:i]):
            new, old = sorted((groups[i], groups[j]))
            if new != old:  # or thousands of similar photos would take minutes
                groups = [new if group == old else group for group in groups]
    return groups


def _thumbnail(path):
    """Return a photo as a row of 256 numbers, with a mean of 0 and a length of 1."""
    small = ImageOps.fit(read_photo(path).convert("L"), (16, 16))
    row = np.asarray(small, "float32").ravel()
    row = row - row.mean()
    return row / max(np.linalg.norm(row), 1e-6)


def make_folder(folder):
    """Make a folder of photos from CIFAR-10, with the oddities of real ones.

    A folder that is there already is left as it is. The photos are JPEG files of
    different sizes. In the last class, one file is a web page, one is grey, one has
    transparent parts, one is turned by a note in the file, and one is a WebP file; in
    each class, three photos are almost those of another file.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp()) / "photos"
    >>> make_folder(folder)
    >>> {name: len(paths) for name, paths in list_photos(folder).items()}
    {'deer': 100, 'horse': 100, 'truck': 60}
    """
    folder = Path(folder)
    if folder.exists():
        return
    (images, labels), _ = load_cifar10()
    rng = np.random.default_rng(1)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as part:
        for name, count in {"deer": 100, "horse": 100, "truck": 60}.items():
            place = Path(part, "photos", name)
            place.mkdir(parents=True)
            found = np.flatnonzero(labels.ravel() == CLASS_NAMES.index(name))
            chosen = rng.choice(found, count - 3, replace=False)
            photos = [_enlarge(images[i], rng) for i in chosen]
            photos += [_once_more(photo, rng) for photo in photos[:3]]
            for number, photo in enumerate(photos, start=1):
                photo.save(place / f"{name}_{number:03}.jpg", quality=90)
        _spoil(place)
        Path(part, "photos").rename(folder)  # whole, or not at all


def _enlarge(image, rng):
    """Return a small image as a photo, wide or tall, with more around its middle."""
    side = int(rng.integers(96, 193))
    photo = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    more = int(side * rng.uniform(0, 0.25))
    sides = [(0, 0), (more, more)] if rng.random() < 0.7 else [(more, more), (0, 0)]
    return Image.fromarray(np.pad(np.asarray(photo), [*sides, (0, 0)], "reflect"))


def _once_more(photo, rng):
    """Return a photo as the next one in a series: a little closer, and brighter."""
    edge = max(2, min(photo.size) // 40)
    closer = photo.crop((edge, edge, photo.width - edge, photo.height - edge))
    return closer.point(lambda value: min(255, int(value * rng.uniform(1.05, 1.1))))


def _spoil(place):
    """Turn five photos of a folder into odd files; the first ones have twins."""
    broken, grey, clear, turned, other = sorted(place.iterdir())[4:9]
    broken.write_text("<!doctype html><title>404: no such photo</title>\n")
    Image.open(grey).convert("L").save(grey, quality=90)
    photo = Image.open(clear)
    middle = Image.radial_gradient("L").resize(photo.size)
    photo.putalpha(middle.point(lambda value: 255 if value < 135 else 0))
    photo.save(clear.with_suffix(".png"))
    clear.unlink()
    photo = Image.open(turned)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter
    photo.rotate(90, expand=True).save(turned, quality=90, exif=exif)
    Image.open(other).save(other.with_suffix(".webp"), quality=90)
    other.unlink()
