"""`lesson.LiveCurves`: what it shows during a training, and however that ends."""

import base64
import re
import signal
from types import SimpleNamespace
from xml.etree import ElementTree

import keras
import lesson
import numpy as np
import pytest
from IPython.core.events import EventManager
from lesson import live

SVG = "{http://www.w3.org/2000/svg}"


class Handle:
    """Stands in for a display of a notebook: what it shows, and what it has said."""

    def display(self, data, raw):
        self.data, self.said = {}, []
        self.shown.append(self)
        self.update(data, raw)

    def update(self, data, raw):
        assert raw, "a notebook would show a dictionary"
        self.data.update(data)
        self.said.append(data["text/plain"])


def _read(line, picture):
    """Return what a learner sees: a line with a bar, and below it what is drawn."""
    page, bar = picture.data["text/html"], line.data["text/html"]
    wide = f"width: {live.SIZE[0]}px"
    share = re.search(rf'<progress .*value="([\d.]+)".*{wide}', bar)
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    svg = re.search(r"svg\+xml;base64,([^\"]+)", page)[1]
    return SimpleNamespace(
        line=line.data["text/plain"],
        lines=line.said,
        updates=len(line.said) + len(picture.said),
        share=share and float(share[1]),
        text=picture.data["text/plain"],
        page=page,
        table=[re.findall(r"<t[hd][^>]*>(.*?)</t", row) for row in rows],
        svg=ElementTree.fromstring(base64.b64decode(svg)),
    )


@pytest.fixture(autouse=True)
def interruptible():
    """An interrupt does what it does in a kernel, and so it does after the test."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    after = signal.signal(signal.SIGINT, before)
    assert after is signal.default_int_handler, "not given back"


@pytest.fixture
def events():
    """The events of a notebook's cells."""
    return EventManager(None, {"post_run_cell": lambda result: None})


@pytest.fixture
def screen(monkeypatch, events):
    """Stand in for a notebook; return a function that reads what is shown of one of the
    trainings in a cell, the last one by default."""
    shell = SimpleNamespace(kernel="a kernel", events=events)
    monkeypatch.setattr(live, "get_ipython", lambda: shell)
    monkeypatch.setattr(live, "DisplayHandle", Handle)
    shown = Handle.shown = []
    yield lambda at=-1: _read(shown[::2][at], shown[1::2][at])
    events.trigger("post_run_cell", None)
    assert events.callbacks["post_run_cell"] == []


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    clock = SimpleNamespace(now=1000.0, perf_counter=lambda: clock.now)
    monkeypatch.setattr(live, "time", clock)
    return clock


def _fit(*callbacks, epochs=3, data=64, **more):
    keras.utils.set_random_seed(1)
    x, y = np.random.default_rng(1).random((data, 4)), np.arange(data) % 2
    layers = [keras.Input((4,)), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential(layers, name="tiny")
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    more = {"validation_data": (x, y), "verbose": 0} | more
    return model.fit(x, y, epochs=epochs, callbacks=callbacks, **more)


def _begin(epochs, steps):
    """Return the callback at the begin of a training that is done by hand."""
    curves = lesson.LiveCurves()
    curves.set_params({"epochs": epochs, "steps": steps})
    curves.set_model(SimpleNamespace(name="a & b"))
    curves.on_train_begin()
    return curves


def _at(epoch, do):
    """Return a callback that does something as an epoch begins, from 1."""
    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda number, logs: do() if number + 1 == epoch else None
    )


def _press(times=1):
    """Return what presses the square button."""
    return lambda: [signal.raise_signal(signal.SIGINT) for _ in range(times)]


def test_keras_trains_the_same_with_it_and_the_last_picture_stays(screen):
    history = _fit(lesson.LiveCurves()).history
    assert history == _fit().history
    assert screen().line == "The training is over: epoch 3 of 3 is done."
    assert screen().share is None
    assert "<script" not in screen().page
    for name, values in history.items():
        assert f"{name} {values[0]:.3f} to {values[-1]:.3f}" in screen().text
        last = [f"{value:.3f}" for value in values[-2:]]
        assert [name, *last] in screen().table
    assert screen().table[0] == ["epoch", "2", "3"]
    log = re.search(r"(?s)<details>.*<pre>(.*)</pre></details>", screen().page)[1]
    assert screen().text.endswith(log)


def test_log_is_that_of_keras(screen, capsys):
    _fit(lesson.LiveCurves(), verbose=2)
    keras_log = capsys.readouterr().out.strip()
    log = screen().text.partition("\n")[2]
    timeless = [re.sub(r"\d+s - \d+[mu]?s", "", text) for text in (log, keras_log)]
    assert timeless[0] == timeless[1]


def test_line_and_curves_grow(screen, clock):
    """By hand: four epochs of ten steps, a second each, after five to get ready."""
    curves, said = _begin(epochs=4, steps=10), []
    values = {"loss": [2.0, 1.0, 0.5, 3.0], "val_loss": [1.5, 1.25, 1.0, 0.75]}
    for epoch in range(4):
        curves.on_epoch_begin(epoch)
        clock.now += 4 if epoch == 0 else 0
        for step in range(10):
            clock.now += 1
            curves.on_train_batch_end(step, {"loss": 9.0})
            said.append((screen().line, screen().share))
        curves.on_epoch_end(epoch, {name: values[name][epoch] for name in values})
        svg = screen().svg
        lines = [*svg.iterfind(f".//{SVG}polyline[@stroke-width='2.5']")]
        dashed = [line.get("stroke-dasharray") for line in lines]
        assert dashed == [None, None, "8 4", "8 4"]  # of each a sample, and the curve
        for name, line in zip(values, lines[1::2], strict=True):
            points = [point.split(",") for point in line.get("points").split()]
            x, y = np.array(points, float).T
            assert len(x) == epoch + 1 and np.all(np.diff(x) > 0)
            # What is higher is nearer to the top
            assert list(np.argsort(-y)) == list(np.argsort(values[name][: epoch + 1]))
            end = line.get("points").split()[-1].split(",")
            assert end in [[c.get("cx"), c.get("cy")] for c in svg.iter(SVG + "circle")]
        assert len([*svg.iter(SVG + "circle")]) == 2
        texts = {x.text: float(x.get("x")) for x in svg.iter(SVG + "text")}
        assert texts.keys() >= {"a & b", "loss", "val_loss"}
        for name, sample in zip(values, lines[::2], strict=True):
            start, end = (float(x.split(",")[0]) for x in sample.get("points").split())
            assert 0 < start < end < texts[name] < live.SIZE[0]
        assert "<details" not in screen().page
    curves.on_train_end()
    assert said[0] == ("Epoch 1 of 4: step 1 of 10", 0.025)
    assert said[1] == ("Epoch 1 of 4: step 2 of 10, about 38 s left", 0.05)
    assert said[19] == ("Epoch 2 of 4: step 10 of 10, about 20 s left", 0.5)
    shares = [share for _, share in said]
    assert shares == sorted(set(shares)) and shares[-1] == 1
    assert "\nEpoch 2/4\n10/10 - 10s - 1000ms/step - loss: 1.0000" in screen().text


def test_a_training_that_goes_on_for_hours(screen, clock):
    """From its second epoch; before the first step, too, there is something to see."""
    curves = _begin(epochs=4, steps=2)
    curves.on_epoch_begin(1)
    assert (screen().line, screen().share) == ("Epoch 2 of 4: getting ready", 0)
    assert screen().table == [["epoch", "–", "–"], ["loss", "–", "–"]]
    for step in range(2):
        clock.now += 300
        curves.on_train_batch_end(step, {"accuracy": 0.1, "loss": 2.0})
    assert screen().line == "Epoch 2 of 4: step 2 of 2, about 20 min left"
    assert screen().share == pytest.approx(1 / 3, abs=1e-4)
    texts = [x.text for x in screen().svg.iter(SVG + "text")]
    grid = [*["0", "0.2", "0.4", "0.6", "0.8", "1"], *"234", "epoch"]
    assert texts == ["a & b", "Loss", *grid, "loss", "Accuracy", *grid, "accuracy"]
    places = {x.text: float(x.get("x")) for x in screen().svg.iter(SVG + "text")}
    assert places["Accuracy"] - places["Loss"] == live.SIZE[0] / 2


def test_numbers_of_the_axes_are_those_of_the_curve():
    rows = {1: {"loss": 2.0}, 4: {"loss": 1.25}}
    picture = ElementTree.fromstring(live.svg("one", ["loss"], rows, (1, 10)))
    lines = [*picture.iterfind(f".//{SVG}polyline[@stroke-width='1']")]
    grid = np.array([re.split("[ ,]", x.get("points")) for x in lines], float)
    left, bottom = grid[:, 0].min(), grid[:, 3].max()
    written = [x for x in picture.iter(SVG + "text") if re.match(r"[\d.]+$", x.text)]
    (dot,) = picture.iter(SVG + "circle")
    for side, axis, value in (("end", "y", 1.25), ("middle", "x", 4)):
        ticks = [each for each in written if each.get("text-anchor") == side]
        numbers = [float(each.text) for each in ticks]
        x, y = np.array([(each.get("x"), each.get("y")) for each in ticks], float).T
        places = y - 4 if axis == "y" else x  # a text stands on the height it is given
        assert all(x < left) if axis == "y" else all(y > bottom)
        assert {*places} <= {*np.ravel(grid)}
        slope, start = np.polyfit(numbers, places, 1)
        assert slope * value + start == pytest.approx(float(dot.get(f"c{axis}")), abs=1)
    # The grid fills its frame, the words stand around it, and all is in the picture
    level = grid[:, 1] == grid[:, 3]
    left, top, right, bottom = [*grid[level].min(0)[:2], *grid[level].max(0)[2:]]
    first, high, last, low = [*grid[~level].min(0)[:2], *grid[~level].max(0)[2:]]
    assert (high, low) == (top, bottom) and first - left == right - last > 0
    texts = {each.text: each for each in picture.iter(SVG + "text")}
    x, y = ({word: float(texts[word].get(a)) for word in texts} for a in "xy")
    assert x["Loss"] == x["epoch"] == (left + right) / 2
    assert x["one"] == live.SIZE[0] / 2
    heights = [y["one"], y["Loss"], y["loss"], top, bottom, y["1"], y["epoch"]]
    assert heights == sorted(heights) and 0 < heights[0] and heights[-1] < live.SIZE[1]
    assert picture.get("viewBox") == "0 0 {} {}".format(*live.SIZE)


def test_updates_take_little_of_the_time(screen, clock):
    """However short steps and epochs are: three a second, and the end."""
    curves = _begin(epochs=100, steps=10)
    for epoch in range(100):
        curves.on_epoch_begin(epoch)
        for step in range(10):
            clock.now += 0.01
            curves.on_train_batch_end(step, {"loss": 1.0})
        curves.on_epoch_end(epoch, {"loss": 1.0})
    assert 50 < screen().updates <= 10 / 0.3 * 2 + 4
    curves.on_train_end()
    assert screen().table == [["epoch", "99", "100"], ["loss", "1.000", "1.000"]]
    texts = screen().svg.iter(SVG + "text")
    grid = [each.text for each in texts if each.get("text-anchor") == "end"]
    assert len(grid) == len({*grid}) > 1, "a flat line has numbers beside it, too"


def test_odd_trainings_are_drawn(screen):
    """Validation now and then, or never; nan; three numbers; unknown steps; later."""
    _fit(lesson.LiveCurves(), validation_data=None)
    _fit(lesson.LiveCurves(), epochs=6, initial_epoch=3, validation_freq=2)
    assert screen().table[0] == ["epoch", "5", "6"]
    assert "val_loss" in screen().text and screen().text.count("\nEpoch ") == 3
    _begin(epochs=1, steps=5).on_epoch_begin(0)
    curves = _begin(epochs=2, steps=None)
    curves.on_epoch_begin(0)
    curves.on_train_batch_end(6, {"loss": 1.0, "f1": np.ones(3)})
    assert screen().line == "Epoch 1 of 2: step 7"
    curves.on_epoch_end(0, None)
    curves.on_epoch_begin(1)
    curves.on_epoch_end(1, {"loss": float("nan"), "f1": np.ones(3)})
    curves.on_train_end()
    assert screen().table[1:] == [["loss", "–", "nan"]]  # one number, or no curve
    assert "nan" not in str([e.attrib for e in screen().svg.iter(SVG + "polyline")])


def test_interrupt_ends_the_training_with_its_epoch(screen):
    """Fit returns; the history and the best weights are those of whole epochs."""
    best = keras.callbacks.EarlyStopping(patience=9, restore_best_weights=True)
    history = _fit(lesson.LiveCurves(), _at(2, _press()), best, epochs=5)
    assert history.epoch == [0, 1]
    alone = _fit(epochs=2)
    assert history.history == alone.history
    for one, other in zip(history.model.weights, alone.model.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert any("Stopping at the end of epoch 2" in line for line in screen().lines)
    assert screen().line.startswith("Stopped after epoch 2 of 5, as you asked.")
    assert screen().table[0] == ["epoch", "1", "2"]


@pytest.mark.parametrize(
    ("epoch", "advice"),
    [(1, "run this cell again"), (3, "The history has the whole epochs before it")],
)
def test_second_interrupt_ends_it_at_once(screen, events, epoch, advice):
    with pytest.raises(KeyboardInterrupt):
        _fit(lesson.LiveCurves(), _at(epoch, _press(times=2)), epochs=5)
    events.trigger("post_run_cell", None)
    assert screen().line.startswith(f"Broken off in epoch {epoch} of 5.")
    assert advice in screen().line
    assert screen().text.count("\nEpoch ") == epoch - 1


def test_what_else_ends_it_is_said(screen):
    early = keras.callbacks.EarlyStopping("loss", min_delta=10, patience=1)
    _fit(lesson.LiveCurves(), early)
    assert screen().line == "A callback has ended the training after epoch 2 of 3."
    curves = lesson.LiveCurves()
    with pytest.raises(ZeroDivisionError):
        _fit(curves, _at(2, lambda: 1 / 0))
    _fit(curves)  # in the same cell; the display of the first is not left behind
    assert screen(-2).line.startswith("Broken off in epoch 2 of 3.")


def test_nothing_happens_outside_of_notebooks(capsys):
    with pytest.raises(KeyboardInterrupt):
        _fit(lesson.LiveCurves(), _at(1, _press()))
    _fit(lesson.LiveCurves())
    assert capsys.readouterr() == ("", "")
