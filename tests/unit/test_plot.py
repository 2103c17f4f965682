"""`lesson.plot.show`: what it shows and writes, and what it refuses; and `LiveCurves`:
what they show during and after a training, and what they cost.
"""

import html
import re
from types import SimpleNamespace

import keras
import lesson
import matplotlib.pyplot as plt
import numpy as np
import pytest
from lesson import live, plot
from PIL import Image

ALT = 'A line that rises from 1 to 2, "steadily" & without a break'


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """Collect what is displayed, and write figures into a folder not yet there."""
    bundles = []
    monkeypatch.setattr(plot, "display", lambda data, raw: bundles.append(data))
    monkeypatch.setattr(plot, "FIG_DIR", tmp_path / "fig")
    yield bundles
    plt.close("all")


def _show(alt=ALT, **options):
    plt.close("all")
    plt.subplots(figsize=(4, 3))[1].plot([1, 2])
    plot.show(plt.gcf(), alt, **options)


def test_figure_is_shown_with_its_alternative(shown):
    _show()
    ((text, page),) = [(each["text/plain"], each["text/html"]) for each in shown]
    assert text == ALT
    assert f'alt="{html.escape(ALT)}" width="400"' in page
    assert "data:image/png;base64,iVBOR" in page
    assert plt.get_fignums() == []
    assert not plot.FIG_DIR.exists()


def test_figure_is_saved(shown):
    _show(save_as="line.png")
    assert [path.name for path in plot.FIG_DIR.iterdir()] == ["line.png"]
    picture = Image.open(plot.FIG_DIR / "line.png")
    assert (picture.size, picture.text) == ((600, 450), {"Description": ALT})
    assert picture.mode == "P", "a file with a palette is a third as large"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        *[({"alt": alt}, "Describe it in a sentence") for alt in
          ("", "Image", "a plot", "   \n  ", "Figure.", None)],
        *[({"save_as": name}, "name of a PNG file without a folder") for name in
          ("../line.png", "fig/line.png", "line.jpg", "line")],
    ],
)  # fmt: skip
def test_what_is_no_figure_or_has_no_words_or_name_is_refused(shown, options, words):
    with pytest.raises(ValueError, match=words):
        _show(**options)
    assert not plot.FIG_DIR.exists()
    with pytest.raises(TypeError, match="not Axes"):
        plot.show(plt.gca(), ALT)
    assert shown == []


@pytest.fixture
def seen(monkeypatch):
    """Collect what is displayed, and how."""
    bundles = []
    monkeypatch.setattr(live, "get_ipython", lambda: "a kernel")
    for name in ("display", "update"):

        def show(self, data, raw, name=name):
            bundles.append((name, raw, data["text/plain"], data["text/html"]))

        monkeypatch.setattr(live.DisplayHandle, name, show)
    return bundles


def _train(monkeypatch, share, seconds, epochs, first=0, **columns):
    """Let the callback see epochs of some seconds; return its figures, each in one."""
    now, figures = [1000.0], []

    def png(fig, alt, dpi):
        now[0] += 1
        figures.append(fig)
        return b""

    monkeypatch.setattr(live.plot, "png", png)
    monkeypatch.setattr(live, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    callback = lesson.LiveCurves(share)
    callback.set_params({"epochs": epochs})
    callback.set_model(SimpleNamespace(name="tiny"))
    callback.on_train_begin()
    for epoch, duration in enumerate(seconds):
        now[0] += duration
        logs = {name: values[epoch] for name, values in columns.items()}
        callback.on_epoch_end(first + epoch, logs)
    callback.on_train_end()
    assert callback.spent == len(figures)
    assert not any(plt.fignum_exists(fig.number) for fig in figures), "not closed"
    return figures


def test_each_picture_shows_the_epochs_so_far(seen, monkeypatch):
    """The training with a line, the validation dashed, and the time that is left."""
    columns = {"accuracy": [0.1, 0.2, 0.4], "loss": [3.0, 2.0, 1.5]}
    columns |= {"val_accuracy": [0.2, 0.3, 0.5], "val_loss": [3.5, 2.5, 2.0]}
    figures = _train(monkeypatch, 10, [10, 19, 29], 5, **columns)
    assert [each[:2] for each in seen] == [("display", True)] + 4 * [("update", True)]
    assert seen[0][2] == "The curves start after the first epoch."
    # Elapsed are 10 s after the first epoch, 10 + 1 + 19 after the second, 60 at last
    ends = [", about 40 s left", ", about 45 s left", ", about 40 s left", ""]
    pictures = zip((1, 2, 3, 3), ends, figures, seen[1:], strict=True)
    for done, end, fig, (_, _, alt, page) in pictures:
        line = f"Epoch {done} of 5{end}"
        said = ", ".join(f"{name} {columns[name][done - 1]:.3f}" for name in columns)
        assert alt == f"Training curves. {line}. The latest values: {said}."
        assert page.startswith(f'<div>{line}</div><img alt="{alt}"')
        assert fig.get_suptitle() == "tiny"
        for ax, name in zip(fig.axes, ("loss", "accuracy"), strict=True):
            assert (ax.get_title(), ax.get_ylabel()) == (name.capitalize(), name)
            assert (ax.get_xlim(), len(ax.get_legend().texts)) == ((0.8, 5.2), 2)
            assert [each.get_linestyle() for each in ax.lines] == ["-", "--"]
            for curve, column in zip(ax.lines, (name, f"val_{name}"), strict=True):
                assert curve.get_label() == column
                assert curve.get_xdata().tolist() == list(range(1, done + 1))
                assert curve.get_ydata().tolist() == columns[column][:done]
                assert (curve.get_marker() == "o") == (done == 1)  # a line of a point


def test_picture_is_as_high_as_its_place(seen, monkeypatch):
    (fig,) = _train(monkeypatch, 0, [0], 1, loss=[1.0])
    height = re.search(r"height: (\d+)px", seen[0][3])[1]
    width = re.search(r'width="(\d+)"', seen[1][3])[1]
    assert (float(width), float(height)) == tuple(100 * fig.get_size_inches())


def test_drawing_takes_its_share_of_the_time(seen, monkeypatch):
    """With a tenth, a drawing of 1 s waits for 10 s, and 10 s for the last one."""
    seconds = [0.9, 0.2, 18, 9.8, 0.1, 8.9, 1, 0.5]
    _train(monkeypatch, 0.1, seconds, 9, loss=[1.0] * 8)
    drawn = [re.search(r"Epoch (\d) of 9", text)[1] for _, _, text, _ in seen[1:]]
    assert drawn == ["2", "5", "7", "8"]


def test_training_that_goes_on_counts_on(seen, monkeypatch):
    *_, fig = _train(monkeypatch, 10, [10, 10], 5, first=3, loss=[2.0, 1.0])
    assert "Epoch 4 of 5, about 10 s left." in seen[1][2]
    assert fig.axes[0].lines[0].get_xdata().tolist() == [4, 5]
    assert fig.axes[0].get_xlim() == (3.8, 5.2)


def test_very_short_trainings(seen, monkeypatch):
    _train(monkeypatch, 100, [0.1, 0.1], 2, loss=[2.0, 1.0])
    assert "Epoch 1 of 2, about 1 s left." in seen[1][2]
    assert _train(monkeypatch, 1, [], 3) == []


def _fit(callback):
    keras.utils.set_random_seed(1)
    data = np.random.default_rng(1).random((64, 4)), np.arange(64) % 2
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    more = {"validation_data": data, "callbacks": [callback]}
    return model.fit(*data, epochs=3, verbose=0, **more).history


def test_keras_trains_the_same_with_it(seen):
    history = _fit(lesson.LiveCurves())
    assert history == _fit(keras.callbacks.Callback())
    latest = ", ".join(f"{name} {values[-1]:.3f}" for name, values in history.items())
    assert seen[-1][2].endswith(f"Epoch 3 of 3. The latest values: {latest}.")


def test_nothing_is_shown_without_a_kernel(capsys):
    _fit(lesson.LiveCurves())
    assert capsys.readouterr().out == ""
