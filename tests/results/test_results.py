"""What the notebooks wrote in this run: models, histories, figures, logs; and memory.

Another processor, or another number of threads, changes all results after the first
training step a little. So layers, names and counts are compared exactly, and results
with the shipped reference, which has to pass the same tests. Its results are what the
prose says, see `test_claims.py`.
"""

import re

import keras
import lesson
import numpy as np
import pandas as pd
import pytest
from lesson_files import MODELS, REFERENCE, ROOT, cell_source, run_folder
from sklearn.model_selection import train_test_split

README = (ROOT / "README.md").read_text(encoding="utf-8")
COLUMNS = ["accuracy", "loss", "val_accuracy", "val_loss"]

FIT = "05-overfitting"  # which starts from what 04 left, so it has all results
pytestmark = pytest.mark.of_notebooks("04-fit-cnn", FIT, "06-evaluate-predict")

# Two correct runs differ by about 0.01 in the last validation accuracy, and by up to
# three times that in a single epoch, when validation happens to fall on a bad moment
SPREAD = {"accuracy": 0.04, "loss": 0.12}

BUILD = {"intro": lesson.models.build_intro, "dropout": lesson.models.build_dropout}


@pytest.fixture(params=["run", "reference"])
def folder(request):
    """The folder of this run's models and histories, and that of the shipped ones."""
    return run_folder(FIT) if request.param == "run" else REFERENCE


@pytest.fixture(params=MODELS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def images():
    """Validation and test images with one-hot labels, split as in the lesson."""
    train, test = lesson.data.load_cifar10()
    _, images, _, labels = train_test_split(*train, test_size=0.2, random_state=42)
    sets = (images, labels), test
    return [(x, keras.utils.to_categorical(y, 10)) for x, y in sets]


def _history(folder, name):
    return pd.read_csv(folder / f"history_{name}.csv")


def test_history_is_near_the_reference(folder, name):
    history, reference = _history(folder, name), _history(REFERENCE, name)
    assert (list(history), len(history)) == (COLUMNS, 10)
    assert history["loss"].is_monotonic_decreasing
    for column in COLUMNS:
        spread = SPREAD[column.removeprefix("val_")]
        pair = history[column], reference[column]
        np.testing.assert_allclose(*pair, 0, spread, err_msg=column)


def _check_layers(model, name):
    """Hold a model against that of the package, layer by layer, setting by setting."""
    assert model.name == f"cifar_model_{name}"
    for layer, wanted in zip(model.layers, BUILD[name]().layers, strict=True):
        assert type(layer) is type(wanted)
        assert {**layer.get_config(), "name": ""} == {**wanted.get_config(), "name": ""}


INTRO, DROPOUT = ("03-build-cnn", "intro"), ("05-overfitting", "dropout")


@pytest.mark.parametrize(
    ("notebook", "model"), [INTRO, ("04-fit-cnn", "intro"), DROPOUT]
)
def test_models_of_the_notebooks_are_those_of_the_package(notebook, model):
    """The dropout CNN that is trained may come from the package, see `fit-dropout`."""
    names = {"keras": keras}
    exec(cell_source(notebook, f"build-{model}"), names)
    _check_layers(names[f"model_{model}"], model)


@pytest.mark.parametrize(("notebook", "model"), [INTRO, DROPOUT])
def test_parameters_are_those_of_the_models(notebook, model):
    """In the table that derives them, layer by layer."""
    counts = [layer.count_params() for layer in BUILD[model]().layers]
    *derived, total = re.findall(
        r"(?m)\| (?:\*\*)?([\d,]+)(?:\*\*)? \|$", cell_source(notebook, "parameters")
    )
    wanted = [f"{count:,}" for count in counts if count]
    assert [count for count in derived if count != "0"] == wanted
    assert total == f"{sum(counts):,}"


def test_saved_model_is_that_of_the_lesson(folder, name):
    model = keras.models.load_model(folder / f"model_{name}.keras")
    _check_layers(model, name)

    settings = model.get_compile_config()
    assert settings["loss"]["class_name"] == "CategoricalCrossentropy"
    assert settings["loss"]["config"]["from_logits"] is False
    assert settings["metrics"] == ["accuracy"]
    assert type(model.optimizer).__name__ == "Adam"  # PyTorch has a class of its own
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)
    # Ten epochs of 1,250 steps, and not a shorter training that claims to be one
    assert int(model.optimizer.iterations) == 12_500


def test_saved_model_has_the_results_of_its_history(folder, name, images):
    """And the README has the test accuracy of the reference."""
    model = keras.models.load_model(folder / f"model_{name}.keras")
    last = _history(folder, name).iloc[-1]
    validation, test = images
    loss, accuracy = model.evaluate(*validation, batch_size=500, verbose=0)
    # On another processor, a few images on the border between two classes may change
    assert accuracy == pytest.approx(last["val_accuracy"], abs=0.001)
    assert loss == pytest.approx(last["val_loss"], abs=0.001)

    _, accuracy = model.evaluate(*test, batch_size=500, verbose=0)
    said = re.search(r"\| test accuracy \| ([\d.]+) \| ([\d.]+) \|", README)
    spread = 0.001 if folder == REFERENCE else SPREAD["accuracy"]
    assert accuracy == pytest.approx(float(said[1 + MODELS.index(name)]), abs=spread)
