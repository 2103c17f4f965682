"""Write what pages of the web site compute with: `build/site-extra/play`.

- `NAME.json` and `NAME.bin` for each shipped network: its layers in order, and their
  numbers as 32-bit floats, one layer after the other. Batch normalisation becomes the
  one factor and the one shift that it is in prediction; layers that only change images
  in training are left out.
- `test.bin`: ten test images of each class; `train.bin`: the first 2,500 training
  images. Raw pixels, an image after the other; the numbers of their classes are in
  `images.json`.

The images are CIFAR-10's, see DATA.md.
"""

import json

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import keras
import numpy as np
from format import ROOT
from run import REFERENCE

FOLDER = ROOT / "build" / "site-extra" / "play"
NETWORKS = ("intro", "dropout", "capstone")
PER_CLASS, TRAINING = 10, 2_500
SETTINGS = ("scale", "offset", "activation", "padding", "rate")  # of a layer


def step(layer):
    """Return what a layer does, as a dictionary, and its arrays; None if nothing."""
    kind, config = type(layer).__name__, layer.get_config()
    weights = layer.get_weights()
    if kind in ("InputLayer", "RandomFlip", "RandomTranslation"):
        return None
    if kind == "BatchNormalization":
        gamma, beta, mean, variance = weights
        factor = gamma / np.sqrt(variance + layer.epsilon)
        return {"kind": "affine"}, [factor, beta - factor * mean]
    if kind == "Activation":
        return {"kind": config["activation"]}, []
    known = {key: config[key] for key in SETTINGS if key in config}
    return {"kind": kind.lower().replace("rescaling", "rescale"), **known}, weights


def export(name):
    """Write one of the shipped networks."""
    model = keras.models.load_model(REFERENCE / f"model_{name}.keras", compile=False)
    steps = [found for layer in model.layers if (found := step(layer))]
    layers = [{**done, "shapes": [a.shape for a in arrays]} for done, arrays in steps]
    numbers = [a.astype("<f4").ravel() for _, arrays in steps for a in arrays]
    (FOLDER / f"{name}.json").write_text(json.dumps(layers))
    (FOLDER / f"{name}.bin").write_bytes(np.concatenate(numbers).tobytes())


def main():
    """Write networks and images."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in NETWORKS:
        export(name)
    (images, labels), (test_images, test_labels) = lesson.data.load_cifar10()
    chosen = [np.flatnonzero(test_labels == n)[:PER_CLASS] for n in range(10)]
    chosen = np.concatenate(chosen)
    (FOLDER / "test.bin").write_bytes(test_images[chosen].tobytes())
    (FOLDER / "train.bin").write_bytes(images[:TRAINING].tobytes())
    facts = {
        "classes": lesson.data.CLASS_NAMES,
        "test": test_labels[chosen].ravel().tolist(),
        "train": labels[:TRAINING].ravel().tolist(),
    }
    (FOLDER / "images.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
