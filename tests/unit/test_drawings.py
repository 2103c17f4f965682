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


def _branches():
    inputs = [keras.Input((4,)), keras.Input((4,))]
    return keras.Model(inputs, layers.Dense(1)(layers.Add()(inputs)))


MODELS = {
    "several inputs": (_branches, 4),
    "nested": (lambda: keras.Sequential([keras.Input((32, 32, 3)), NESTED]), 2),
    "any size": (lambda: keras.Sequential([keras.Input((None, None, 3)), POOL]), 2),
    "more than a row": (lambda: keras.Sequential([keras.Input((9,)), *DEEP]), 15),
}
NESTED, POOL = lesson.models.build_intro(), layers.GlobalAveragePooling2D()
DEEP = [layers.Dense(9) for _ in range(14)]


@pytest.mark.parametrize("kind", MODELS)
def test_unusual_models_are_drawn(kind):
    build, steps = MODELS[kind]
    fig, words = drawings.network(build())
    assert len(fig.axes[0].patches) == 3 * steps
    assert words.count(": ") == steps


@pytest.mark.parametrize("parts", [[], [layers.Dense(3)]])
def test_network_without_shapes_is_refused(parts):
    model = keras.Sequential(parts, name="unknown")
    with pytest.raises(ValueError, match="unknown cannot be drawn.*keras.Input"):
        drawings.network(model)
