"""The explorers of the web site: they say what those of the notebooks say."""

import numpy as np
import pytest
from chromium import LAPTOP
from lesson import computations
from lesson_files import SITE
from playwright.sync_api import expect

PHOTO = np.fromfile(SITE / "play" / "test.bin", "uint8").reshape(-1, 32, 32, 3)[35]


@pytest.fixture(scope="module")
def page(browser, host):
    page = browser.new_page(viewport=LAPTOP)
    page.goto(f"{host}site/explore.html")
    expect(page.locator("#explore-convolution .words")).to_contain_text("Filter")
    yield page
    page.close()


def words_after(page, box, name, key, times):
    """Press a key on a slider, which is found by its name; return what is said."""
    control = page.get_by_role("slider", name=name, exact=True)
    for _ in range(times):
        control.press(key)
    return page.locator(f"#explore-{box} .words").inner_text()


@pytest.mark.parametrize(("more", "rate"), [(0, 0.1), (30, 0.4), (50, 0.9), (20, 1.1)])
def test_learning_rate(more, rate, page):
    words = words_after(page, "rate", "learning rate", "ArrowRight", more)
    weight = computations.descend(rate)[-1]
    wanted = f"Learning rate {rate:.2f}: {computations.judge_rate(rate)}. "
    assert words == f"{wanted}The weight after twelve steps: {weight:z.2f}."
    alternative = page.locator("#explore-rate svg").get_attribute("aria-label")
    assert alternative == words


def test_dropout(page):
    assert words_after(page, "dropout", "rate", "ArrowLeft", 1).startswith(
        "Training, rate 0.5: "
    )
    said = page.locator("#explore-dropout .words")
    kept = page.locator("#explore-dropout li:not(.dropped)")
    assert f": {kept.count()} of 12 neurons are kept" in said.inner_text()
    assert set(kept.all_inner_texts()) <= {"2.00"}
    page.get_by_role("combobox", name="mode").press("ArrowDown")
    assert said.inner_text() == "Prediction: nothing is dropped, nothing is scaled."


@pytest.mark.parametrize("name", computations.KERNELS)
def test_convolution(name, page):
    page.get_by_role("combobox", name="filter").select_option(name)
    kernel = np.array(computations.KERNELS[name], float)[:, :, np.newaxis]
    result = computations.feature_map(PHOTO, kernel)
    words = page.locator("#explore-convolution .words").inner_text()
    numbers = [float(each) for each in words.rstrip(".").split()[-3::2]]
    assert numbers == pytest.approx([result.min(), result.max()], abs=0.06)


@pytest.mark.parametrize(("more", "dog"), [(0, 1), (4, 3), (4, 5)])
def test_softmax_and_loss(more, dog, page):
    words = words_after(page, "loss", "score of dog", "ArrowRight", more)
    shares, loss = computations.softmax_and_loss([2, dog, -1])
    for share in shares:
        assert f" {share:.2f}" in words
    assert words.endswith(f"the loss is {loss:z.2f}.")
