"""Live curves and explorers, on the page: by mouse and by keyboard."""

import re

import pytest
from jupyterlab_page import cell
from PIL import Image
from playwright.sync_api import expect


@pytest.mark.parametrize("notebook", ["01-introduction"])
def test_live_curves_grow(opened):
    """While fit runs: more than one picture, of the same height, later epochs last."""
    live = opened.live
    epochs = [int(re.search(r"Epoch (\d+) of 5", alt)[1]) for alt, _ in live]
    assert len(set(epochs)) >= 2
    assert epochs == sorted(epochs)
    assert epochs[-1] == 5
    heights = [height for _, height in live]
    assert max(heights) - min(heights) <= 2
    assert "s left" in live[0][0]
    assert "s left" not in live[-1][0]


SLIDERS = [
    ("03-build-cnn", "explore-convolution", "image"),
    ("04-fit-cnn", "explore-loss", "score of cat"),
    ("04-fit-cnn", "explore-learning-rate", "learning rate"),
    ("04-fit-cnn", "explore-dropout", "rate"),
    ("05-evaluate-predict", "explore-filters", "image"),
]


@pytest.mark.parametrize(("notebook", "place", "name"), SLIDERS,
                         ids=[row[1] for row in SLIDERS])  # fmt: skip
def test_slider_moves_its_figure(opened, place, name):
    page = opened.page
    found = cell(page, place)
    picture = found.locator("img").first
    slider = _named(found, "slider", name)

    before = picture.get_attribute("src")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    _wait_for_another(picture, before)

    before = picture.get_attribute("src")
    box = slider.bounding_box()
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    _wait_for_another(picture, before)
    _check_words(found, picture)


CHOICES = [
    ("03-build-cnn", "explore-convolution", "filter"),
    ("04-fit-cnn", "explore-dropout", "mode"),
    ("05-evaluate-predict", "explore-predictions", "true class"),
    ("05-evaluate-predict", "explore-predictions", "order"),
    ("05-evaluate-predict", "explore-filters", "filter"),
]


@pytest.mark.parametrize(("notebook", "place", "name"), CHOICES,
                         ids=[f"{row[1]}-{row[2]}" for row in CHOICES])  # fmt: skip
def test_choice_changes_its_figure(opened, place, name):
    page = opened.page
    found = cell(page, place)
    picture = found.locator("img").first
    before = picture.get_attribute("src")
    _named(found, "combobox", name).focus()
    page.keyboard.press("ArrowDown")
    _wait_for_another(picture, before)


@pytest.mark.parametrize("notebook", ["04-fit-cnn"])
def test_button_takes_the_next_step(opened):
    page = opened.page
    found = cell(page, "explore-dropout")
    _named(found, "combobox", "mode").select_option("training")
    picture = found.locator("img").first
    for _ in range(2):
        page.wait_for_timeout(500)
        before = picture.get_attribute("src")
        found.get_by_role("button", name="next training step").focus()
        page.keyboard.press("Enter")
        _wait_for_another(picture, before)


@pytest.mark.parametrize("notebook", ["05-evaluate-predict"])
def test_photo_of_ones_own(opened, tmp_path):
    """A photo is answered, and a file that is none is refused in words."""
    page = opened.page
    found = cell(page, "explore-predictions")
    button = found.get_by_role("button", name="a photo of your own")

    def upload(path):
        with page.expect_file_chooser() as chooser:
            button.click()
        chooser.value.set_files(path)

    text = tmp_path / "no_photo.png"
    text.write_text("This is not a picture.")
    upload(text)
    found.get_by_text("cannot be read as a photo").wait_for()
    photo = tmp_path / "photo.png"
    Image.new("RGB", (60, 40), "blue").save(photo)
    upload(photo)
    found.get_by_text("The model says:").wait_for()


def _named(found, role, name):
    """Return a control by what screen readers call it."""
    control = found.get_by_role(role, name=name, exact=True).first
    control.wait_for()
    return control


def _wait_for_another(picture, before):
    expect(picture).not_to_have_attribute("src", before, timeout=20_000)


def _check_words(found, picture):
    """The sentence under the picture is its alternative, once both have settled."""
    sentence = found.locator("p[aria-live=polite]").first
    for _ in range(50):
        if picture.get_attribute("alt") == sentence.inner_text():
            return
        picture.page.wait_for_timeout(100)
    raise AssertionError(f"{picture.get_attribute('alt')} / {sentence.inner_text()}")
