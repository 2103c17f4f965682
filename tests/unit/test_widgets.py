"""The explorers: what they show is computed anew here, from the same state."""

import base64
import io
import math
import re
from types import SimpleNamespace

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from lesson import controls, playground, plot, widgets
from lesson.computations import KERNELS, ORDERS
from lesson.data import CLASS_NAMES
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

IMAGES = np.random.default_rng(1).integers(0, 256, (40, 32, 32, 3), dtype="uint8")


@pytest.fixture
def boxes(monkeypatch):
    """Collect the boxes of widgets that are displayed."""
    shown = []

    def display(data, raw):
        shown.append(_instances[data[controls.VIEW]["model_id"]])

    monkeypatch.setattr(controls, "display", display)
    return shown


@pytest.fixture
def explore(boxes, monkeypatch):
    """Show an explorer; return its controls by name, the figures that it draws, and a
    function that returns its picture and its words."""
    figures = []
    monkeypatch.setattr(plot, "png", lambda fig, alt, dpi: figures.append(fig) or b"")

    def show(explorer, *args):
        explorer(*args)
        *knobs, picture, words = boxes[0].children

        def read():
            said = re.fullmatch('<p aria-live="polite">(.*)</p>', words.value)
            return picture.value, said[1]

        return {knob.description: knob for knob in knobs}, figures, read

    yield show
    assert not any(plt.fignum_exists(fig.number) for fig in figures), "not closed"
    for fig in figures[:1]:
        (width, height), seen = fig.get_size_inches(), fig.get_tightbbox()
        assert min(seen.min) >= 0 and seen.x1 <= width and seen.y1 <= height < width


def _lines(ax):
    return [(list(x.get_xdata()), list(x.get_ydata())) for x in ax.lines]


VERDICTS = {
    **dict.fromkeys((0.02, 0.08), "too small"),
    **dict.fromkeys((0.09, 0.49, 0.5, 0.91), "just right"),
    **dict.fromkeys((0.92, 0.99), "too large"),
    **dict.fromkeys((1.0, 1.1), "diverging"),
}


def test_learning_rate_shows_gradient_descent(explore):
    knobs, figures, read = explore(widgets.explore_learning_rate)
    assert knobs["learning rate"].limits == [0.01, 1.1, 0.01]
    for rate, verdict in VERDICTS.items():
        knobs["learning rate"].value = rate
        path = -1.6 * (1 - 2 * rate) ** np.arange(13)
        picture, words = read()
        assert words.startswith(f"Learning rate {rate:.2f}: {verdict}")
        assert words.endswith(f"The weight after twelve steps: {path[-1]:z.2f}.")
        assert f'alt="{words}" width="700"' in picture
        curve, steps, start = _lines(figures[-1].axes[0])
        seen = next((i for i, x in enumerate(path) if abs(x) > 3.2), 12) + 1
        assert steps[0] == pytest.approx(path[:seen])
        assert start[0] == [-1.6]
        for weights, losses in (curve, steps, start):
            assert losses == pytest.approx([weight**2 for weight in weights])


def test_dropout(explore, monkeypatch):
    rng, twin = np.random.default_rng(1), np.random.default_rng(1)
    monkeypatch.setattr(np.random, "default_rng", lambda seed: rng)
    knobs, figures, read = explore(widgets.explore_dropout)
    assert knobs["rate"].limits == [0.0, 0.9, 0.1]
    units = np.arange(1, 13)

    def heights():
        bars = figures[-1].axes[0].patches
        return {bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in bars}

    for place, rate in enumerate([0.6, 0.6, 0.2, 0.0, 0.8]):
        if place == 1:
            knobs["next training step"].click()
        knobs["rate"].value = rate
        dropped = units[twin.random(12) < rate].tolist()
        kept, scale = set(units) - set(dropped), 1 / (1 - rate)
        assert heights() == pytest.approx(dict.fromkeys(kept, scale))
        assert _lines(figures[-1].axes[0])[0] == (dropped, [0] * len(dropped))
        assert figures[-1].axes[0].get_ylim()[1] >= max(heights().values(), default=0)
        assert read()[1] == (
            f"Training, rate {rate}: {len(kept)} of 12 units are kept, each multiplied "
            f"by {scale:.2f}. The mean output is {len(kept) * scale / 12:.2f}; without "
            "dropout it would be 1."
        )
    assert knobs["mode"].options == ["training", "prediction"]
    assert figures[-1].axes[0].lines[0].get_color() == widgets.ORANGE
    knobs["mode"].value = "prediction"
    assert heights() == pytest.approx(dict.fromkeys(units, 1))
    assert read()[1] == "Prediction: nothing is dropped, nothing is scaled."


@pytest.mark.parametrize(
    ("scores", "loss"),
    [
        ((2, 1, -1), "0.35"), ((0, 0, 0), "1.10"), ((5, -5, -5), "0.00"),
        ((0, -1000, -1000), "0.00"),  # not -0.00
        ((-5, 5, 5), "10.69"),  # beyond the usual axis
    ],
)  # fmt: skip
def test_softmax_and_loss(explore, scores, loss):
    knobs, figures, read = explore(widgets.explore_softmax_and_loss)
    assert [knob.limits for knob in knobs.values()] == [[-5, 5, 0.5]] * 3
    total, wanted = sum(map(math.exp, scores)), {}
    for name, score in zip(("cat", "dog", "truck"), scores, strict=True):
        knobs[f"score of {name}"].value = score
        wanted[name] = math.exp(score) / total
    said = ", ".join(f"{name} {p:.2f}" for name, p in wanted.items())
    end = f"The photo shows a cat, so the loss is {loss}."
    assert read()[1] == f"Probabilities: {said}. {end}"
    left, right = figures[-1].axes
    names = [tick.get_text() for tick in left.get_xticklabels()]
    heights = [bar.get_height() for bar in left.patches]
    assert dict(zip(names, heights, strict=True)) == pytest.approx(wanted)
    curve, (p, shown) = _lines(right)
    assert right.get_xlabel() == "probability of the right class, cat"
    assert p + shown == pytest.approx([wanted["cat"], -math.log(wanted["cat"])])
    assert curve[1] == pytest.approx([-math.log(each) for each in curve[0]])
    assert 0 <= shown[0] < right.get_ylim()[1], "the loss cannot be seen"
    one, other, point = left.patches[0], left.patches[1], right.lines[1]
    assert one.get_facecolor()[:3] == point.get_color() == widgets.ORANGE
    assert other.get_facecolor()[:3] == widgets.BLUE


@pytest.mark.parametrize("pooling", [False, True])
def test_window_slides_over_numbers(explore, pooling):
    """At each place: the frame, the products, and all that was found up to there."""
    numbers = np.arange(20).reshape(4, 5) ** 2 % 17
    weights = None if pooling else np.array([[1, 0, 2], [-1, 3, 0], [0, 0, -2]])
    size, step = (2, 2) if pooling else (3, 1)
    windows = sliding_window_view(numbers, (size, size))[::step, ::step]
    products = windows if pooling else windows * weights
    found = products.max((2, 3)) if pooling else products.sum((2, 3))
    knobs, figures, read = explore(widgets.explore_window, numbers, weights)
    assert knobs["place"].limits == [1, found.size, 1]
    for place, at in enumerate(np.ndindex(found.shape), start=1):
        knobs["place"].value = float(place)
        row, column = at[0] * step, at[1] * step
        assert read()[1].startswith(
            f"Window {place} of {found.size}: rows {row} to {row + size - 1}, "
            f"columns {column} to {column + size - 1}. "
        )
        assert read()[1].endswith(f" is {found[at]}.")
        ax = figures[-1].axes[0]
        corner = ax.collections[-1].get_coordinates()[at]
        frames = [(*patch.get_xy(), patch.get_width()) for patch in ax.patches]
        assert frames == [(column, row, size), (*corner, 1)]
        so_far = np.where(np.arange(found.size) < place, found.ravel(), np.nan)
        tables = [numbers] if pooling else [numbers, weights, products[at]]
        for mesh, table in zip(ax.collections, [*tables, so_far], strict=True):
            np.testing.assert_equal(mesh.get_array().data.ravel(), np.ravel(table))
        assert [text.get_text() for text in ax.texts].count("") == found.size - place


def test_filters_by_hand_do_what_they_are_called():
    """On brightness that grows across, that grows down, and on one bright pixel."""
    down, across = np.mgrid[10:40:10, 10:40:10]
    images = np.array([across, down, np.diag([0, 9, 0])])
    sums = {name: (images * x).sum((1, 2)).tolist() for name, x in KERNELS.items()}
    assert sums == {
        "edges, dark to bright": [60, 0, 0],
        "edges, top to bottom": [0, 60, 0],
        "outlines": [0, 0, 72],
        "blur": pytest.approx([20, 20, 1]),
        "nothing changed": [20, 20, 9],
    }


@pytest.mark.parametrize("learnt", [False, True])
def test_picked_filter_is_laid_on_the_picked_image(explore, learnt):
    keras.utils.set_random_seed(1)
    conv = keras.layers.Conv2D(5, 3, bias_initializer="normal", activation="relu")
    first = [keras.Input((32, 32, 3)), keras.layers.Rescaling(1 / 255)]
    model = keras.Sequential([*first, conv])
    chosen = model if learnt else None
    knobs, figures, read = explore(widgets.explore_convolution, IMAGES, chosen)
    assert knobs["image"].limits == [0, 39, 1]
    names = [f"learnt filter {i}" for i in (1, 2, 3, 4, 5)] if learnt else [*KERNELS]
    assert knobs["filter"].options == names
    for place, name in enumerate(names):
        knobs["filter"].value, knobs["image"].value = name, place + 3.0
        image, axes, share = IMAGES[place + 3], figures[-1].axes, ""
        if learnt:
            wanted = model.predict(image[None], verbose=0)[0, ..., place]
            kernel = conv.get_weights()[0][..., place]
            kernel = 0.5 + kernel / 2 / np.abs(kernel).max()
            share = f", {np.mean(wanted == 0):.0%} of them 0"
        else:
            image, kernel = image.mean(axis=2), np.array(KERNELS[name])
            wanted = (sliding_window_view(image, (3, 3)) * kernel).sum(axis=(2, 3))
            for text, (at, x) in zip(
                axes[1].texts, np.ndenumerate(kernel), strict=True
            ):
                assert (text.get_text(), text.get_position()) == (f"{x:.2g}", at[::-1])
                assert text.get_color() == ("black" if x > 0 else "white")
        for ax, shown in zip(axes, (image, kernel, wanted), strict=True):
            assert ax.images[0].get_array().data == pytest.approx(shown, abs=1e-4)
        high = np.abs(wanted).max() or 1
        limits = (0 if learnt else -high, high)
        if name in ("blur", "nothing changed"):  # as bright as the image
            limits = (0, 255)
        assert axes[2].images[0].get_clim() == pytest.approx(limits, abs=1e-4)
        assert axes[1].get_title() == name
        frames = [ax.patches[0].get_bbox().bounds for ax in axes[:2]]
        assert frames == [(-0.5, -0.5, 3, 3)] * 2, "the filter's true size"
        assert not axes[0].patches[0].get_fill() and not axes[2].patches
        drawn = [ax.images[0] for ax in axes]
        looks = {(x.get_cmap().name, x.get_interpolation()) for x in drawn}
        assert looks == {("gray", "nearest")}
        values = f"{wanted.min():z.1f} to {wanted.max():z.1f}{share}"
        assert read()[1] == f"Filter: {name}. Values of the feature map: {values}."


def test_convolution_without_a_layer_for_it():
    model = keras.Sequential([keras.Input((3,))], name="flat")
    with pytest.raises(ValueError, match="flat has no Conv2D layer"):
        widgets.explore_convolution(IMAGES, model)


def _pictures(page):
    """Return (picture, alternative) of each image on a page of HTML."""
    found = re.findall(r'<img alt="([^"]*)" width="96" .*?base64,(.*?)">', page)
    files = [(io.BytesIO(base64.b64decode(data)), alt) for alt, data in found]
    return [(np.asarray(Image.open(file)).tolist(), alt) for file, alt in files]


@pytest.mark.parametrize("order", ORDERS)
def test_predictions_stand_under_their_own_pictures(explore, order):
    probabilities = np.random.default_rng(2).dirichlet(np.ones(10), 40)
    labels = np.where(np.arange(40) < 20, probabilities.argmax(axis=1), 3)
    shown = (None, IMAGES, labels.tolist(), probabilities)
    knobs, _, read = explore(widgets.browse_predictions, *shown)
    assert knobs["true class"].options == list(CLASS_NAMES)
    assert knobs["order"].options == ORDERS
    knobs["true class"].value, knobs["order"].value = "cat", order
    best = [max(zip(row, CLASS_NAMES, strict=True)) for row in probabilities]
    right = "cat" if "mistakes" in order else None
    places = [i for i in range(40) if labels[i] == 3 and best[i][1] != right]
    places = sorted(places, key=lambda i: best[i][0], reverse="most" in order)[:12]
    titles = [f"{best[i][1]} {best[i][0]:.2f}" for i in places]
    page, words = read()
    assert words.startswith(f"12 images of the class cat: {order}. ")
    assert re.findall(r"<br>(.*?)</li>", page) == titles
    alts = [f"A photo of the class cat, called {title}" for title in titles]
    assert _pictures(page) == [*zip(IMAGES[places].tolist(), alts, strict=True)]
    knobs["true class"].value = "ship"
    assert read()[1].startswith(f"{(labels == 8).sum() * ('all' in order)} images")


def test_photo_of_ones_own(boxes):
    """The model gets its middle, upright; the three best classes come in order."""
    shares = np.array([[0.02, 0.3, 0.01, 0.4, 0.03, 0.05, 0.15, 0.02, 0.01, 0.01]])
    seen = []

    def look(images):
        seen.append(images)
        return shares

    model = SimpleNamespace(predict=lambda x, verbose: verbose or look(x))
    widgets.browse_predictions(model, IMAGES, np.zeros(40), np.full((40, 10), 0.1))
    upload, result = boxes[1].children
    assert (upload.description, upload.file) == ("a photo of your own", "image/*")
    photo = np.zeros((32, 96, 3), "uint8")
    photo[:16, 32:64, 0], photo[16:, 32:64, 2] = 200, 100
    (exif := Image.Exif())[0x0112] = 3  # upside down
    Image.fromarray(photo).save(file := io.BytesIO(), format="png", exif=exif)
    upload.value = memoryview(file.getvalue())
    middle = photo[::-1, 32:64].tolist()
    assert [images.tolist() for images in seen] == [[middle]]
    alt = "Your photo, as small as the model sees it"
    assert _pictures(result.value) == [(middle, alt)]
    assert ">The model says: cat 0.40, automobile 0.30, frog 0.15.<" in result.value
    upload.value = memoryview(b"no photo")
    assert "cannot be read as a photo. Try a JPEG" in result.value


@pytest.mark.parametrize("kind", [controls.Control, controls.Buttons])
def test_browser_gets_what_a_control_has(kind):
    assert kind.class_own_traits().keys() <= {*kind().keys}


def test_playground_trains_what_is_chosen(boxes, monkeypatch, capsys):
    monkeypatch.setattr(playground, "EPOCHS", 2)
    images, labels = IMAGES[:8], np.eye(10)[:8]
    widgets.playground((images, labels), (images, labels))
    (*knobs, picture, _), (button, curves, told) = (box.children for box in boxes)
    choices = {"convolutions": 2.0, "dense neurons": 0.0, "dropout": 0.5}
    assert [x.limits for x in knobs[:3]] == [[0, 3, 1], [0, 256, 16], [0, 0.8, 0.1]]
    assert [knob.description for knob in knobs] == [*choices, "learning rate"]
    for knob in knobs:
        knob.value = choices.get(knob.description, knob.value)
    alt = re.search('alt="(.*?)"', picture.value)[1]
    block = ["Conv2D", "MaxPooling2D"]
    layers = ["Input", "Rescaling", *block, *block, "Dropout", "Flatten", "Dense"]
    assert re.findall(r"(\w+): \d", alt) == layers
    model = playground._build((images, labels), 2, 64, 0, "0.001")
    assert model.layers[0].scale == 1 / 255
    learning = [layer for layer in model.layers if layer.weights]
    looks = [(layer.activation.__name__, layer.output.shape[-1]) for layer in learning]
    assert looks == [("relu", 16), ("relu", 32), ("relu", 64), ("softmax", 10)]
    assert button.description == "train 2 epochs"
    disabled = []
    button.observe(lambda change: disabled.append(change.new), "disabled")
    for _ in range(2):
        button.click()
    assert disabled == [True, False] * 2
    assert "up to epoch 2 of 2" in curves.value and 'width="640"' in curves.value
    svg = base64.b64decode(re.search('base64,(.*?)"', curves.value)[1]).decode()
    assert re.findall(r'font-size="15">(\w+)<', svg) == ["Loss", "Accuracy"]
    assert svg.count("<circle") == 4 and 'cx="300.0"' in svg, "not to the last epoch"
    assert capsys.readouterr().out == ""
    one, other = re.findall("<li>(.*?)</li>", told.value)
    assert one.startswith("convolutions 2, neurons 0, dropout 0.5, rate 0.001: acc")
    assert one == other, "it does not begin anew"


def test_words_are_escaped(explore):
    _, _, read = explore(
        controls.show_controls, {}, lambda: ("<b>picture</b>", "1 < 2")
    )
    assert read() == ("<b>picture</b>", "1 &lt; 2")
