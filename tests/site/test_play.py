"""The pages that compute in the reader's browser: they compute as Keras does."""

import json

import keras
import numpy as np
import pytest
import tensorflow
from chromium import LAPTOP
from lesson_files import REFERENCE, SITE
from playwright.sync_api import expect

PLAY = SITE / "play"
# What the pages compute of the first images of train.bin: a network's answers, and,
# with the layers of which they know it, the loss and its gradients
COMPUTE = """async ([name, count, trains]) => {
    const get = (file) => import(new URL(`../_static/${file}`, document.baseURI));
    const [net, training] = [await get("network.js"), await get("training.js")];
    const data = {
        pixels: await net.getBytes("train.bin"),
        numbers: (await net.getJson("images.json")).train,
    };
    const network = await net.load(name);
    const batch = training.batchOf(data, [...Array(count).keys()]);
    const answers = [...await net.probabilities(network, batch[0]).data()];
    if (!trains) return { answers };
    const layers = network.filter(({ kind }) => kind !== "dropout");
    const { found, loss } = training.gradients(layers, ...batch);
    return { answers, loss, found: found.map((each) => [...each.dataSync()]) };
}"""


@pytest.fixture(scope="module")
def page(browser, host):
    """The page of a network, with its first answer on it."""
    page = browser.new_page(viewport=LAPTOP)
    page.goto(f"{host}site/try-it.html")
    expect(page.get_by_role("status")).to_contain_text("The network says")
    yield page
    page.close()


@pytest.mark.parametrize("name", ["intro", "dropout", "capstone"])
def test_browser_and_keras_agree(name, page):
    """On all probabilities of 100 images, and on the gradients, without dropout."""
    count, trains = 100, name != "capstone"
    model = keras.models.load_model(REFERENCE / f"model_{name}.keras", compile=False)
    images = np.fromfile(PLAY / "train.bin", "uint8", count * 32 * 32 * 3)
    numbers = json.loads((PLAY / "images.json").read_text())["train"][:count]
    with tensorflow.GradientTape() as tape:
        answers = model(images.reshape(count, 32, 32, 3), training=False)
        losses = keras.losses.sparse_categorical_crossentropy(
            np.array(numbers), answers
        )
        loss = keras.ops.mean(losses)
    computed = page.evaluate(COMPUTE, [name, count, trains])
    assert np.abs(np.ravel(answers) - computed["answers"]).max() < 1e-4
    if trains:
        assert computed["loss"] == pytest.approx(float(loss), abs=1e-4)
        wanted = tape.gradient(loss, model.trainable_variables)
        for ours, theirs in zip(computed["found"], map(np.ravel, wanted), strict=True):
            assert np.abs(theirs - ours).max() < 1e-4 * np.abs(theirs).max()


def test_a_network_trains(browser, host):
    """Start by keyboard; two epochs; stop; a new network. It has learnt something."""
    page = browser.new_page(viewport=LAPTOP)
    page.goto(f"{host}site/train.html")
    said = page.get_by_role("status")
    expect(said).to_contain_text("A new network")
    page.get_by_role("button", name="Train").press("Enter")
    expect(said).to_contain_text("Epoch 2 took", timeout=120_000)
    accuracy = float(said.inner_text().split()[-1].strip("."))
    assert accuracy > 0.15, "guessing gets 0.10 of 500 images, at most 0.14"
    curves = page.locator("#chart-loss polyline.first").get_attribute("points")
    assert len(curves.split(" ")) == 2
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="New network").click()
    expect(page.locator("#chart-loss polyline")).to_have_attribute("class", "before")
    page.close()


def test_draw_a_test_image_and_change_the_network_by_keyboard(page):
    page.get_by_role("button", name="Draw a test image").press("Enter")
    expect(page.locator("#title")).to_contain_text("a test image: ")
    assert page.locator("#maps canvas").count() == 16
    page.get_by_label("introductory CNN").press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#maps canvas")).to_have_count(24)
    expect(page.get_by_role("status")).to_contain_text("The network says: ")
    shares = page.locator("#answer tbody td:nth-child(2)").all_inner_texts()
    assert sum(float(each.strip(" %")) for each in shares) == pytest.approx(100, abs=1)


def test_photo_of_ones_own(page, photos):
    for path, words in zip(photos, ("cannot be read", "The network says"), strict=True):
        page.get_by_label("Choose a photo").set_input_files(path)
        expect(page.get_by_role("status")).to_contain_text(words)
    assert page.locator("#title").inner_text() == "your photo"
