"""`lesson.photos`: what it says of folders, and how it reads odd files."""

from unittest.mock import patch

import keras
import numpy as np
import pytest
from lesson import photos
from lesson_files import cell_source
from PIL import Image


def _fill(folder, **counts):
    """Make a folder with some photos in each class."""
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            photo = Image.new("RGB", (40, 30), (number, 0, 0))
            photo.save(folder / name / f"{number}.jpg")
    return folder


def test_folder_that_can_be_used(tmp_path):
    folder = _fill(tmp_path, cat=5, dog=6)
    for name in ("cat/.DS_Store", "dog/Thumbs.db"):
        (folder / name).write_bytes(b"no photo")
    (folder / ".hidden").mkdir()
    ready = "The folder is ready (photos: cat 5, dog 6). "
    assert photos.check_folder(folder) == ready + "All files can be read."
    # Those that cannot be read are named
    whole = (folder / "cat/0.jpg").read_bytes()
    (folder / "cat/half.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "dog/empty.png").write_bytes(b"")
    (folder / "dog/phone.heic").write_bytes(b"\0\0\0\x18ftypheic")
    said = photos.check_folder(folder)
    assert said.startswith(ready)
    assert said.endswith("left out: cat/half.jpg, dog/empty.png, dog/phone.heic.")


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "is empty"),
        ({"cat": 9}, "only one class, cat"),
        ({"cat": 9, "dog": 2}, "class dog has only 2 photos"),
        ({"cat": 9, "dog": 0}, "class dog has only 0 photos"),
    ],
)
def test_folder_that_cannot_be_used(tmp_path, counts, words):
    with pytest.raises(ValueError, match=words) as error:
        photos.check_folder(_fill(tmp_path, **counts))
    assert str(error.value).count(". ") == 0, "one sentence"


def test_folder_without_sub_folders_and_none_at_all(tmp_path):
    (tmp_path / "loose.png").touch()
    with pytest.raises(ValueError, match="has no sub-folders"):
        photos.check_folder(tmp_path)
    with pytest.raises(ValueError, match="There is no folder"):
        photos.check_folder(tmp_path / "loose.png")


def test_odd_files_are_read_as_people_see_them(tmp_path):
    half = np.zeros((20, 10, 3), "uint8")
    half[:10] = 255  # bright above
    (exif := Image.Exif())[0x0112] = 3  # upside down
    Image.fromarray(half[::-1]).save(tmp_path / "turned.jpg", exif=exif)
    assert photos.read_photo(tmp_path / "turned.jpg").getpixel((5, 2))[0] > 200
    Image.new("RGBA", (9, 9), (200, 0, 0, 0)).save(tmp_path / "clear.png")
    assert photos.read_photo(tmp_path / "clear.png").getpixel((4, 4)) == (255,) * 3
    for mode, pixel in {"L": 7, "P": 0, "CMYK": (0, 0, 0, 0)}.items():
        Image.new(mode, (9, 9), pixel).save(tmp_path / "odd.tif")
        assert photos.read_photo(tmp_path / "odd.tif").mode == "RGB"
    # From black to white, as scanners and microscopes save it
    for bits in ("<u2", ">u2"):
        ramp = np.arange(0, 2**16, 2**8).reshape(16, 16).astype(bits)
        Image.fromarray(ramp).save(tmp_path / "ramp.tif")
        read = np.asarray(photos.read_photo(tmp_path / "ramp.tif"))
        assert (read[..., 0] == ramp // 2**8).all(), bits
    for mode in ("I", "F"):
        Image.new(mode, (9, 9)).save(tmp_path / "odd.tif")
        with pytest.raises(OSError, match="odd.tif cannot .+ save it as PNG or JPEG"):
            photos.read_photo(tmp_path / "odd.tif")
    Image.new("RGB", (2048, 1024)).save(tmp_path / "large.jpg")
    assert photos.read_photo(tmp_path / "large.jpg").size == (1024, 512)


def test_example_folder_is_odd_as_it_says(tmp_path, monkeypatch):
    # It is made where it will lie: elsewhere may be another disk
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    photos.make_folder(folder := tmp_path / "new" / "folder" / "photos")
    said = photos.check_folder(folder)
    assert "(photos: deer 100, horse 100, truck 59)" in said
    assert said.endswith("left out: truck/truck_005.jpg.")
    paths = sum(photos.list_photos(folder).values(), [])
    paths = [path for path in paths if photos.is_photo(path)]
    groups = photos.group_duplicates(paths)
    assert len(groups) - len(set(groups)) == 9
    assert {path.suffix for path in paths} == {".jpg", ".png", ".webp"}
    # Of many sizes, which the seed decides: a learner's photos are those of the page
    sizes = [Image.open(path).size for path in paths]
    assert sizes[0] == (138, 106) and len(set(sizes)) == 254
    assert sum(width for width, _ in sizes) == 42_077


def test_folder_that_is_there_is_left_alone(tmp_path):
    photos.make_folder(_fill(tmp_path, cat=1))
    assert [path.name for path in tmp_path.iterdir()] == ["cat"]


def test_imagenet_features_load_their_weights(tmp_path):
    """As the network does alone; a file stands in for its download."""
    weights = tmp_path / "weights.h5"
    options = {"include_top": False, "pooling": "avg", "weights": None}
    alone = keras.applications.MobileNetV2((160, 160, 3), **options)
    alone.save(weights)
    names = {"keras": keras}
    exec(cell_source("07-your-own-photos", "load-imagenet"), names)
    mobile_net = "keras.src.applications.mobilenet_v2"
    with patch(f"{mobile_net}.file_utils.get_file", return_value=weights) as get_file:
        features = names["load_imagenet_features"]()
    for one, other in zip(features.get_weights(), alone.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert features.name == "features" and "_160_no_top" in get_file.call_args.args[0]
