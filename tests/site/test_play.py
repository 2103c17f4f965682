"""The pages that compute in the reader's browser: they compute as Keras does."""

import json

import keras
import numpy as np
import pytest
import tensorflow
from lesson_files import REFERENCE, SITE
from PIL import Image
from playwright.sync_api import expect

NETWORKS = ("intro", "dropout", "capstone")
# Answers of a network to the first images of train.bin, in batches
PREDICT = """async ([name, count]) => {
    const net = await import(document.baseURI.replace("site/try-it.html",
        "_static/network.js"));
    const [network, pixels] = [await net.load(name), await net.getBytes("train.bin")];
    const answers = [];
    for (let n = 0; n < count; n += 100) {
        const some = pixels.slice(n * net.SIZE, (n + 100) * net.SIZE);
        const batch = tf.tensor(Float32Array.from(some), [100, net.SIDE, net.SIDE, 3]);
        const answered = net.probabilities(network, batch);
        answers.push(...await answered.data());
        tf.dispose([batch, answered]);
    }
    return answers;
}"""


# The gradients of a network for the first 32 images, one weight after the other
GRADIENTS = """async (name) => {
    const at = (file) =>
        document.baseURI.replace("site/try-it.html", `_static/${file}`);
    const [net, training] = await Promise.all(
        [import(at("network.js")), import(at("training.js"))]);
    const data = {
        pixels: await net.getBytes("train.bin"),
        numbers: (await net.getJson("images.json")).train,
    };
    const places = Array.from({ length: 32 }, (_, n) => n);
    const network = (await net.load(name)).filter((x) => x.kind !== "dropout");
    const { found, loss } = training.gradients(
        network, ...training.batchOf(data, places));
    return [loss, found.map((gradient) => [...gradient.dataSync()])];
}"""


def images(count):
    pixels = np.fromfile(SITE / "play" / "train.bin", "uint8")
    return pixels.reshape(-1, 32, 32, 3)[:count]


@pytest.fixture(scope="module")
def page(browser, host):
    """Open a page by name, with the network's first answer on it."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(60_000)
    page.goto(f"{host}site/try-it.html")
    expect(page.get_by_role("status")).to_contain_text(
        "The network says", timeout=60_000
    )
    yield page
    page.close()


@pytest.mark.parametrize("name", NETWORKS)
def test_browser_and_keras_agree(name, page):
    """On 1,000 images, all ten probabilities of each."""
    count = 1_000
    path = REFERENCE / f"model_{name}.keras"
    model = keras.models.load_model(path, compile=False)
    by_keras = model.predict(images(count), verbose=0, batch_size=100)
    by_browser = np.reshape(page.evaluate(PREDICT, [name, count]), by_keras.shape)
    assert 0.5 < by_keras.max(axis=1).mean() < 1, "the images are looked at"
    difference = np.abs(by_browser - by_keras).max()
    print(f"{name}: largest difference {difference:.1e}")
    assert difference < 1e-4


@pytest.mark.parametrize("name", ["intro", "dropout"])
def test_gradients_are_those_of_keras(name, page):
    """Of the cross-entropy of 32 images, for each weight, without dropout."""
    path = REFERENCE / f"model_{name}.keras"
    model = keras.models.load_model(path, compile=False)
    facts = json.loads((SITE / "play" / "images.json").read_text())
    numbers = np.array(facts["train"][:32])
    with tensorflow.GradientTape() as tape:
        answers = model(images(32), training=False)
        losses = keras.losses.sparse_categorical_crossentropy(numbers, answers)
        loss = keras.ops.mean(losses)
    wanted = tape.gradient(loss, model.trainable_variables)
    loss_found, found = page.evaluate(GRADIENTS, name)
    assert loss_found == pytest.approx(float(loss), abs=1e-4)
    for ours, keras_says in zip(found, wanted, strict=True):
        ours = np.reshape(ours, keras_says.shape)
        largest = np.abs(keras_says).max()
        difference = np.abs(ours - keras_says).max() / largest
        print(f"{name} {ours.shape}: {difference:.0e} of the largest, {largest:.1e}")
        assert difference < 1e-4


def test_a_network_trains(browser, host):
    """Start by keyboard; two epochs; stop; a new network. It has learnt something."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.goto(f"{host}site/train.html")
    said = page.get_by_role("status")
    expect(said).to_contain_text("A new network", timeout=60_000)
    page.get_by_role("button", name="Train").focus()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Epoch 2 took", timeout=120_000)
    words = said.inner_text()
    print(words, "An epoch has 2,000 images.")
    accuracy = float(words.split()[-1].strip("."))
    assert accuracy > 0.15, "guessing gets 0.10 of 500 images, at most 0.14"
    curves = page.locator("#chart-loss polyline.first").get_attribute("points")
    assert len(curves.split(" ")) == 2
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="New network").click()
    expect(page.locator("#chart-loss polyline")).to_have_attribute("class", "before")
    page.close()


def test_draw_a_test_image_and_change_the_network_by_keyboard(page):
    said = page.get_by_role("status")
    page.get_by_role("button", name="Draw a test image").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_contain_text("a test image: ")
    assert page.locator("#maps canvas").count() == 16
    page.get_by_label("introductory CNN").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#maps canvas")).to_have_count(24, timeout=60_000)
    expect(said).to_contain_text("The network says: ")
    shares = page.locator("#answer tbody td:nth-child(2)").all_inner_texts()
    assert sum(float(each.strip(" %")) for each in shares) == pytest.approx(100, abs=1)


def test_photo_of_ones_own(page, tmp_path):
    text, photo = tmp_path / "no_photo.png", tmp_path / "photo.png"
    text.write_text("This is not a picture.")
    Image.new("RGB", (60, 40), "blue").save(photo)
    for path, words in [(text, "cannot be read"), (photo, "The network says")]:
        page.get_by_label("Choose a photo").set_input_files(path)
        expect(page.get_by_role("status")).to_contain_text(words)
    assert page.locator("#title").inner_text() == "your photo"
