"""`lesson.LiveCurves`: what it shows during and after a training, and what it costs."""

import re

import keras
import lesson
import numpy as np
import pytest
from lesson import live


@pytest.fixture
def shown(monkeypatch):
    """Collect (is it an update, bundle) of all that is displayed."""
    bundles = []
    monkeypatch.setattr(live, "get_ipython", lambda: "a kernel")
    for name in ("display", "update"):
        monkeypatch.setattr(
            live.DisplayHandle,
            name,
            lambda self, data, raw, name=name: bundles.append((name, data)),
        )
    return bundles


def _fit(callback, epochs=3, metrics=("accuracy",), validate=True):
    keras.utils.set_random_seed(1)
    images, labels = np.random.default_rng(1).random((64, 4)), np.arange(64) % 2
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(2, "softmax")], name="tiny"
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=list(metrics))
    return model.fit(
        images,
        labels,
        epochs=epochs,
        verbose=0,
        validation_data=(images, labels) if validate else None,
        callbacks=[callback],
    )


def test_one_display_is_updated(shown):
    history = _fit(lesson.LiveCurves(share=1000)).history
    assert [name for name, _ in shown] == ["display"] + 4 * ["update"]
    texts = [data["text/plain"] for _, data in shown]
    assert "after the first epoch" in texts[0]
    for epoch, text in enumerate(texts[1:4], start=1):
        assert re.search(rf"Epoch {epoch} of 3, about \d+ s left\.", text)
        assert f"val_accuracy {history['val_accuracy'][epoch - 1]:.3f}" in text
    assert "Epoch 3 of 3." in texts[4]
    assert "left" not in shown[4][1]["text/html"]


def test_pictures_have_alternatives_and_one_size(shown):
    _fit(lesson.LiveCurves(share=1000))
    place = re.search(r"height: (\d+)px", shown[0][1]["text/html"])[1]
    for _, data in shown[1:]:
        assert f'alt="{data["text/plain"]}"' in data["text/html"]
        width = int(re.search(r'width="(\d+)"', data["text/html"])[1])
        assert width * live.SIZE[1] / live.SIZE[0] == pytest.approx(int(place), abs=1)


def test_short_training_is_drawn_once(shown):
    """Epochs of milliseconds leave no time for pictures between them."""
    _fit(lesson.LiveCurves())
    assert [name for name, _ in shown] == ["display", "update"]


def test_training_without_validation_or_metric(shown):
    _fit(lesson.LiveCurves(), metrics=(), validate=False)
    assert re.search(r"latest values: loss \d\.\d+\.$", shown[-1][1]["text/plain"])


def test_training_that_ends_early(shown):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    callback = keras.callbacks.CallbackList([lesson.LiveCurves(), Stop()])
    _fit(callback, epochs=9)
    assert "Epoch 2 of 9." in shown[-1][1]["text/plain"]


def test_nothing_is_shown_without_a_kernel(capsys):
    _fit(lesson.LiveCurves())
    assert capsys.readouterr().out == ""


def test_results_are_the_same(shown):
    with_curves = _fit(lesson.LiveCurves()).history
    assert with_curves == _fit(keras.callbacks.Callback()).history
