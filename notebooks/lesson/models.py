"""The two models of the lesson, as notebooks 03 and 05 build them.

The later notebooks need the models again without repeating how they are built.
Both take raw images, uint8 or float32 of shape (batch, 32, 32, 3) with values from
0 to 255, and return probabilities, float32 of shape (batch, 10).
"""

import keras

__all__ = ["build_dropout", "build_intro"]
__dir__ = __all__.copy  # what tab completion offers


def build_intro():
    """Build the introductory CNN of notebook 03.

    Returns
    -------
    keras.Model
        Named "cifar_model_intro", not compiled.

    Examples
    --------
    >>> build_intro().count_params()
    79530
    """
    inputs = keras.Input(shape=(32, 32, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(16, (3, 3), activation="relu")(x)
    x = keras.layers.MaxPooling2D((2, 2))(x)
    x = keras.layers.Conv2D(32, (3, 3), activation="relu")(x)
    x = keras.layers.MaxPooling2D((2, 2))(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(64, activation="relu")(x)
    outputs = keras.layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="cifar_model_intro")


def build_dropout():
    """Build the CNN with dropout of notebook 05.

    Returns
    -------
    keras.Model
        Named "cifar_model_dropout", not compiled.

    Examples
    --------
    >>> build_dropout().count_params()
    156074
    """
    inputs = keras.Input(shape=(32, 32, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(16, (3, 3), activation="relu")(x)
    x = keras.layers.MaxPooling2D((2, 2))(x)
    x = keras.layers.Conv2D(32, (3, 3), activation="relu")(x)
    x = keras.layers.MaxPooling2D((2, 2))(x)
    x = keras.layers.Conv2D(64, (3, 3), activation="relu")(x)
    x = keras.layers.Dropout(0.6)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(128, activation="relu")(x)
    outputs = keras.layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="cifar_model_dropout")
