"""What the explorers compute, without controls and without pictures.

`lesson.widgets` shows it.
"""

import keras
import numpy as np

KERNELS = {
    "edges, dark to bright": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "edges, top to bottom": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "outlines": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "blur": [[1 / 9] * 3] * 3,
    "nothing changed": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
}

ORDERS = ["mistakes, most confident first", "all, most confident first",
          "all, least confident first"]  # fmt: skip
PAGE = 12  # images at a time


def descend(rate, weight=-1.6, steps=12):
    """Return the weights that gradient descent on weight**2 visits, the start first.

    Its slope is twice the weight, so a step multiplies the weight by 1 - 2 * rate.
    """
    return weight * (1 - 2 * rate) ** np.arange(steps + 1)


def judge_rate(rate):
    """Say in words how gradient descent on weight**2 fares with a learning rate."""
    factor = 1 - 2 * rate
    if factor <= -1:
        return "diverging: each step lands as high as the one before, or higher"
    if abs(factor) ** 12 < 0.1:
        return "just right: the bottom is reached within the twelve steps"
    if factor > 0:
        return "too small: after twelve steps, the weight is still on its way"
    return "too large: each step jumps over the bottom to the other side"


def softmax_and_loss(scores):
    """Return the softmax of scores, and the cross-entropy if the first is right."""
    powers = np.exp(scores)
    probabilities = powers / powers.sum()
    return probabilities, -np.log(probabilities[0])


def learnt_filters(model):
    """Return by name the filters of a model's first convolution, each with its bias.

    Raises ValueError if the model has no convolution.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernels, biases = map(keras.ops.convert_to_numpy, layer.weights)
            return {
                f"learnt filter {i + 1}": (kernels[..., i], float(bias))
                for i, bias in enumerate(biases)
            }
    raise ValueError(
        f"{model.name} has no Conv2D layer, so there are no filters to look at."
    )


def feature_map(image, kernel, bias=None):
    """Return what a filter of shape (3, 3, 1) or (3, 3, 3) makes of an image.

    The image is uint8 of shape (height, width, 3); the map is two pixels smaller. With
    depth 1, it is laid on the mean of the three colours. With a bias, the values
    are brought to 0..1 first, the bias is added and ReLU applied, as in the first
    convolution of the lesson's models.
    """
    pixels = np.asarray(image, float)
    if kernel.shape[2] == 1:
        pixels = pixels.mean(axis=2, keepdims=True)
    if bias is not None:
        pixels = pixels / 255
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (3, 3), axis=(0, 1))
    sums = np.einsum("hwcij,ijc->hw", windows, kernel)
    return sums if bias is None else np.maximum(sums + bias, 0)


def rank_places(of_class, wrong, confidence, order):
    """Return the places of the images to show, `PAGE` at most, in one of `ORDERS`.

    `of_class` and `wrong`, bool of shape (n,), say of each image whether it belongs to
    the class that is looked at, and whether the model was wrong. `confidence` holds the
    probabilities of the answers, float of the same shape.
    """
    places = np.flatnonzero(of_class & wrong if order == ORDERS[0] else of_class)
    ranked = places[np.argsort(-confidence[places], kind="stable")]
    return (ranked[::-1] if order == ORDERS[2] else ranked)[:PAGE]
