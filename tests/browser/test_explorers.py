"""Live curves and explorers, on the page: by mouse and by keyboard.

What they compute is tested without a browser, see `tests/unit`.
"""

import re

import pytest
from lesson_files import read_notebooks
from PIL import Image
from playwright.sync_api import expect

# By the ids of cells
NOTEBOOK_OF = {
    cell["id"]: name for name, found in read_notebooks().items() for cell in found.cells
}


@pytest.mark.parametrize("notebook", ["01-introduction"])
def test_live_curves_grow(opened):
    """While fit runs: more than one picture, of the same height, later epochs last."""
    words, heights = zip(*opened.live, strict=True)
    epochs = [int(re.search(r"Epoch (\d+) of 5", each)[1]) for each in words]
    assert len(set(epochs)) >= 2
    assert epochs == sorted(epochs)
    assert epochs[-1] == 5
    assert max(heights) - min(heights) <= 2
    assert ["s left" in words[0], "s left" in words[-1]] == [True, False]


RIGHT, DOWN, PRESS = ["ArrowRight"] * 3, ["ArrowDown"], ["Enter"]
CONTROLS = [
    ("explore-convolution", "slider", "image", RIGHT),
    ("explore-convolution", "combobox", "filter", DOWN),
    ("explore-loss", "slider", "score of cat", RIGHT),
    ("explore-learning-rate", "slider", "learning rate", RIGHT),
    ("explore-dropout", "slider", "rate", RIGHT),
    ("explore-dropout", "button", "next training step", PRESS),
    ("explore-dropout", "combobox", "mode", DOWN),
    ("explore-predictions", "combobox", "true class", DOWN),
    ("explore-predictions", "combobox", "order", DOWN),
    ("explore-filters", "slider", "image", RIGHT),
    ("explore-filters", "combobox", "filter", DOWN),
]


@pytest.mark.parametrize(
    ("notebook", "place", "role", "name", "keys"),
    [(NOTEBOOK_OF[row[0]], *row) for row in CONTROLS],
    ids=[f"{row[0]}-{row[2]}" for row in CONTROLS],
)
def test_control_changes_its_figure(opened, place, role, name, keys):
    """Found by the name that screen readers say; then the sentence says the same."""
    page, found = opened.page, opened.cell(place)
    picture = found.locator("img").first
    control = found.get_by_role(role, name=name, exact=True).first

    def change(action):
        page.wait_for_timeout(500)  # no change is still on its way
        before = picture.get_attribute("src")
        action()
        expect(picture).not_to_have_attribute("src", before, timeout=20_000)

    control.focus()
    change(lambda: [page.keyboard.press(key) for key in keys])
    if role == "slider":
        box = control.bounding_box()
        place = {"x": 0.9 * box["width"], "y": box["height"] / 2}
        change(lambda: control.click(position=place))
        page.wait_for_timeout(500)
        words = found.locator("p[aria-live=polite]").first.inner_text()
        expect(picture).to_have_attribute("alt", words)


@pytest.mark.parametrize("notebook", ["06-evaluate-predict"])
def test_photo_of_ones_own(opened, tmp_path):
    """A photo is answered, and a file that is none is refused in words."""
    found = opened.cell("explore-predictions")
    text, photo = tmp_path / "no_photo.png", tmp_path / "photo.png"
    text.write_text("This is not a picture.")
    Image.new("RGB", (60, 40), "blue").save(photo)
    for path, words in [
        (text, "cannot be read as a photo"),
        (photo, "The model says:"),
    ]:
        with opened.page.expect_file_chooser() as chooser:
            found.get_by_role("button", name="a photo of your own").click()
        chooser.value.set_files(path)
        found.get_by_text(words).wait_for()
