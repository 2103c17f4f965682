"""The explorers: what they compute, what they say, and how they react."""

import io
import re

import keras
import numpy as np
import pytest
from lesson import controls, widgets
from lesson_files import REFERENCE
from PIL import Image


@pytest.fixture
def boxes(monkeypatch):
    """Collect the widgets that are displayed, instead of displaying them."""
    shown, made = [], []
    box = widgets.ipywidgets.VBox
    monkeypatch.setattr(
        widgets.ipywidgets,
        "VBox",
        lambda children: made.append(box(children)) or made[-1],
    )
    monkeypatch.setattr(controls, "display", lambda data, raw: shown.append(data))
    yield made
    assert [list(data) for data in shown] == [[controls.VIEW]] * len(made)


@pytest.fixture(scope="module")
def model():
    return keras.models.load_model(REFERENCE / "model_intro.keras")


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).integers(0, 256, (15, 32, 32, 3), dtype="uint8")


def _explore(box):
    """Return (controls by name, function that returns the picture and the words)."""
    *controls, picture, sentence = box.children
    by_name = {control.description: control for control in controls}
    return by_name, lambda: (picture.value, re.sub("<.*?>", "", sentence.value))


def test_learning_rate(boxes):
    widgets.explore_learning_rate()
    knobs, read = _explore(boxes[0])
    pictures = set()
    for rate, verdict in [
        (0.02, "too small"),
        (0.3, "just right"),
        (0.95, "too large"),
        (1.0, "diverging"),
        (1.1, "diverging"),
    ]:
        knobs["learning rate"].value = rate
        picture, words = read()
        assert f"Learning rate {rate:.2f}: {verdict}" in words
        assert f'alt="{words}"' in picture
        pictures.add(picture)
    assert len(pictures) == 5


def test_descent_is_gradient_descent():
    weight = -1.6
    for step in widgets.descend(0.3)[1:]:
        weight -= 0.3 * 2 * weight
        assert step == pytest.approx(weight)


def test_dropout(boxes):
    widgets.explore_dropout()
    knobs, read = _explore(boxes[0])
    assert "multiplied by 2.50" in read()[1]
    masks = set()
    for _ in range(10):
        knobs["next training step"].click()
        masks.add(read()[0])
    assert len(masks) > 1
    kept = int(re.search(r"(\d+) of 12 units", read()[1])[1])
    assert f"mean output is {kept * 2.5 / 12:.2f}" in read()[1]
    knobs["mode"].value = "prediction"
    assert "nothing is dropped" in read()[1]


def test_softmax_and_loss(boxes):
    widgets.explore_softmax_and_loss()
    knobs, read = _explore(boxes[0])
    for control in knobs.values():
        control.value = 0.0
    assert "cat 0.33, dog 0.33, truck 0.33" in read()[1]
    assert "loss is 1.10" in read()[1]
    knobs["score of dog"].value = 5.0
    assert "loss is 5.01" in read()[1]


def test_feature_map_is_that_of_keras(model, images):
    layer = next(x for x in model.layers if isinstance(x, keras.layers.Conv2D))
    wanted = keras.Model(model.inputs, layer.output).predict(images[:1], verbose=0)[0]
    filters, biases = widgets._learnt_filters(model)
    assert len(filters) == 16
    for i, name in enumerate(filters):
        found = widgets.feature_map(images[0], filters[name], biases[name])
        assert found == pytest.approx(wanted[..., i], abs=1e-4)


@pytest.mark.parametrize("learnt", [False, True])
def test_convolution(boxes, model, images, learnt):
    widgets.explore_convolution(images, model if learnt else None)
    knobs, read = _explore(boxes[0])
    before = read()[0]
    knobs["filter"].value = knobs["filter"].options[1]
    assert knobs["filter"].options[1] in read()[1]
    assert read()[0] != before
    before = read()[0]
    knobs["image"].value = 3.0
    assert read()[0] != before
    assert knobs["image"].limits[1] == 14


def test_convolution_without_a_layer_for_it(boxes):
    model = keras.Sequential([keras.Input((3,))], name="flat")
    with pytest.raises(ValueError, match="flat has no Conv2D layer"):
        widgets.explore_convolution(np.zeros((1, 32, 32, 3), "uint8"), model)


def test_predictions(boxes, model, images):
    labels = np.array([3, 0, 3] * 5)
    probabilities = np.full((15, 10), 0.01)
    probabilities[np.arange(15), [3, 0, 5] * 5] = np.linspace(0.3, 0.9, 15)
    widgets.browse_predictions(model, images, labels, probabilities)
    knobs, read = _explore(boxes[0])
    knobs["true class"].value = "cat"
    picture, words = read()
    assert words.startswith("5 images of the class cat: mistakes")
    titles = re.findall(r"<br>(\w+) ([\d.]+)</li>", picture)
    assert {name for name, _ in titles} == {"dog"}
    assert [c for _, c in titles] == sorted((c for _, c in titles), reverse=True)
    knobs["order"].value = widgets.ORDERS[2]
    titles = re.findall(r"<br>(\w+) ([\d.]+)</li>", read()[0])
    assert len(titles) == 10
    assert [c for _, c in titles] == sorted(c for _, c in titles)
    assert read()[0].count('alt="A photo of the class cat, called') == 10
    knobs["true class"].value = "ship"
    assert read()[1].startswith("0 images")


def test_photo(model):
    content = io.BytesIO()
    Image.new("RGBA", (50, 30), "blue").save(content, format="png")
    page = widgets.describe_photo(model, content.getvalue())
    assert re.search(r"The model says: \w+ 0\.\d\d, \w+ 0\.\d\d, \w+ 0\.\d\d\.", page)
    page = widgets.describe_photo(model, b"no photo")
    assert "cannot be read as a photo (UnidentifiedImageError)" in page


def test_controls_are_named(boxes, model, images):
    widgets.explore_learning_rate()
    widgets.explore_dropout()
    widgets.explore_softmax_and_loss()
    widgets.explore_convolution(images)
    widgets.browse_predictions(model, images, np.zeros(15, int), np.full((15, 10), 0.1))
    for box in boxes:
        for child in box.children:
            if not isinstance(child, widgets.ipywidgets.HTML):
                assert child.description
