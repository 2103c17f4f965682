"""The drawing of a network is that of the model, to scale, in a picture and words."""

import keras
import lesson
import matplotlib.pyplot as plt
import numpy as np
import pytest
from keras import layers
from lesson import drawings


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_network_is_drawn_to_scale():
    model = lesson.models.build_dropout()
    fig, words = drawings.network(model)
    fronts = [patch.get_xy() for patch in fig.axes[0].patches[::3]]
    widths, heights = np.array([np.ptp(front, axis=0) for front in fronts]).T
    sides = np.array([32, 32, 30, 15, 13, 6, 4, 4])  # of the images
    assert heights[:8] / heights[0] == pytest.approx(sides / 32)
    depths = np.array([3, 3, 16, 16, 32, 32, 64, 64])
    assert (widths[:8] / widths[0]) ** 2 == pytest.approx(depths / 3)
    bars = np.array([1024, 128, 10])
    assert (heights[8:] / heights[8]) ** 2 == pytest.approx(bars / 1024)
    written = "\n".join(text.get_text() for text in fig.axes[0].texts)
    for layer in model.layers:
        shape = [f"{n:,}" for n in layer.output.shape[1:]]
        count = f"{layer.count_params():,}"
        said = f": {' × '.join(shape)}" + f", {count} parameters." * (count != "0")
        assert said in words
        assert f"{'×'.join(shape)}\n{count if count != '0' else '–'}" in written
    assert words.endswith("Together 156,074 parameters.")


def _dense(count):
    return keras.Sequential([keras.Input((9,)), *map(layers.Dense, [9] * count)])


def _models():
    """Yield unusual models, each with the number of its steps."""
    inputs = [keras.Input((4,)), keras.Input((4,))]
    branches = layers.Dense(1)(layers.Add()(inputs))
    yield keras.Model(inputs, branches), 4
    yield keras.Sequential([keras.Input((32, 32, 3)), lesson.models.build_intro()]), 2
    any_size = [keras.Input((None, None, 3)), layers.GlobalAveragePooling2D()]
    yield keras.Sequential(any_size), 2
    yield keras.Sequential([keras.Input((8, 16, 3)), layers.Conv2D(1, 3)]), 2
    yield _dense(14), 15  # more than a row


def test_unusual_models_are_drawn():
    for model, steps in _models():
        fig, words = drawings.network(model)
        assert len(fig.axes[0].patches) == 3 * steps, words
        assert words.count(": ") == steps
        heights = [np.ptp(x.get_xy()[:, 1]) for x in fig.axes[0].patches[::3]]
        assert round(max(heights), 6) in (1, 1.3), "of images, and of rows"


def test_second_row_is_as_the_first():
    one, two = (drawings.network(_dense(layers))[0] for layers in (11, 23))
    assert two.get_figheight() == 2 * one.get_figheight()
    places = [text.get_position() for text in two.axes[0].texts]
    below = np.subtract(places[:25], places[25:])
    assert below == pytest.approx(np.tile([0, 2.6], (25, 1)))
    low, lower = (fig.axes[0].get_ylim()[0] for fig in (one, two))
    assert low - lower == pytest.approx(2.6)


@pytest.mark.parametrize("parts", [[], [layers.Dense(3)]])
def test_network_without_shapes_is_refused(parts):
    model = keras.Sequential(parts, name="unknown")
    with pytest.raises(ValueError, match="unknown cannot be drawn.*keras.Input"):
        drawings.network(model)
