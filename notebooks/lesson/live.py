"""A training to watch, and to stop: curves that grow, and a bar that moves."""

import html
import math
import signal
import threading
import time

import keras
import numpy as np
from IPython import get_ipython
from IPython.display import DisplayHandle
from matplotlib.ticker import MaxNLocator

from lesson import plot

__all__ = ["LiveCurves"]


def __dir__():
    """Offer the public names to tab completion."""
    return __all__


PAUSE = 0.3  # seconds between two updates: more of them would take time from training
SIZE = 640, 270  # pixels, of the picture at all times, so that nothing jumps
WIDTH, HEIGHT, TOP = 255, 150, 75  # of the axes of a panel; the space above them
# JupyterLab keeps the next cell where it is, and what grows above it may be pushed out
# of sight: bring it back, once, when JupyterLab has done its own scrolling
INTO_VIEW = """<script>
(area => area && setTimeout(() => {
    area.style.scrollMargin = "20px";
    area.scrollIntoView({block: "nearest"});
}, 400))(document.currentScript?.closest(".jp-OutputArea"))
</script>"""
STYLES = (  # of training and validation, as in all our figures
    'stroke="#0173b2" fill="#0173b2"',
    'stroke="#de8f05" fill="#de8f05" stroke-dasharray="8 4"',
)


class LiveCurves(keras.callbacks.Callback):
    """Shows how training goes: its curves, a progress bar, and the latest numbers.

    ``model.fit(..., verbose=0, callbacks=[lesson.LiveCurves()])`` shows a display of
    constant height. What it draws, it says in words, too. When the training ends, the
    last picture and the log stay in the notebook.

    An interrupt (the square button) ends the training after the epoch that is under
    way: so ``fit`` returns, and the history tells of the network as it is. A second
    one raises KeyboardInterrupt at once. Outside of notebooks, nothing of this happens.
    """

    _first = None  # epoch of the training that is shown, from 0; None if there is none

    def on_train_begin(self, logs=None):
        """Leave the training before behind, if an error has ended it."""
        if self._first is not None:
            self._break_off()

    def on_epoch_begin(self, epoch, logs=None):
        """Note when an epoch begins; at the first one, put up the display."""
        self._epoch, self._start = epoch, time.perf_counter()
        if self._first is None and hasattr(get_ipython(), "kernel"):
            self._first, self._names, self._rows, self._log = epoch, ["loss"], {}, []
            self._pace = self._asked = None
            self._told = self._drawn = self._start
            self._line, self._picture = DisplayHandle(), DisplayHandle()
            line = f"Epoch {epoch + 1} of {self.params['epochs']}: getting ready"
            self._say(line, self._line.display, 0)
            self._draw(self._picture.display)
            self._listen()

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar, some times a second."""
        now = time.perf_counter()
        if self._first is None or (self._pace and now - self._told < PAUSE):
            return
        step, steps, epochs = batch + 1, self.params["steps"], self.params["epochs"]
        done = self._epoch - self._first + (step / steps if steps else 0)
        if not self._pace:  # the preparations are over
            self._pace, self._names = (now, done), [*_numbers(logs)]
            self._draw(self._picture.update)
        line = f"Epoch {self._epoch + 1} of {epochs}: step {step:,}"
        line += f" of {steps:,}" if steps else ""
        if done > self._pace[1]:
            an_epoch = (now - self._pace[0]) / (done - self._pace[1])
            line += f", {_about((epochs - self._first - done) * an_epoch)} left"
        if self._asked:
            line = f"Stopping at the end of epoch {self._epoch + 1}, as you asked. "
            line += "Interrupt again to stop at once."
        self._told = now
        self._say(line, self._line.update, done / (epochs - self._first))

    def on_epoch_end(self, epoch, logs=None):
        """Draw the curves; and stop, if somebody has asked for it."""
        if self._first is None:
            return
        now, logs = time.perf_counter(), _numbers(logs)
        self._rows[epoch + 1] = logs
        self._names = list(dict.fromkeys([*self._names, *self._rows[epoch + 1]]))
        self._log += _as_keras(epoch, self.params, now - self._start, logs)
        if self._asked:
            self.model.stop_training = True
        if now - self._drawn >= PAUSE:
            self._drawn = now
            self._draw(self._picture.update)

    def on_train_end(self, logs=None):
        """Say how the training ended; what stays has no times outside its log."""
        if self._first is None:
            return
        where = f"epoch {self._epoch + 1} of {self.params['epochs']}"
        line = f"A callback has ended the training after {where}."
        if self._epoch + 1 == self.params["epochs"]:
            line = f"The training is over: {where} is done."
        elif self._asked:
            line = f"Stopped after {where}, as you asked. The history ends with it, "
            line += "and you can go on with the next cell."
        self._finish(line)

    def _listen(self):
        """Take over the interrupt, and learn of the end of the cell, also by errors."""
        main = threading.current_thread() is threading.main_thread()
        self._old = signal.signal(signal.SIGINT, self._ask) if main else None
        get_ipython().events.register("post_run_cell", self._break_off)

    def _ask(self, signum, frame):
        """Note that somebody wants to stop; a second interrupt is the usual one."""
        self._asked, self._told = True, 0  # the next step says so
        signal.signal(signal.SIGINT, self._old)

    def _break_off(self, result=None):
        """Say where the training was when an error or a second interrupt ended it."""
        line = f"Broken off in epoch {self._epoch + 1} of {self.params['epochs']}. "
        if self._rows:
            line += "The history has the whole epochs before it."
        else:
            line += "The history is still empty: run this cell again before you go on."
        self._finish(line)

    def _finish(self, line):
        if self._old is not None:
            signal.signal(signal.SIGINT, self._old)
        get_ipython().events.unregister("post_run_cell", self._break_off)
        try:
            self._say(line, self._line.update)
            self._draw(self._picture.update, last=True)
        finally:
            self._first = None

    def _say(self, line, show, share=None):
        """Show a line of text; and while the training runs, a bar below it."""
        page = f"<div>{html.escape(line)}</div>"
        if share is not None:
            page += (
                f'<progress aria-label="training" value="{share:.4f}" '
                f'style="display: block; width: {SIZE[0]}px; max-width: 100%">'
                "</progress>"
            )
        page = f'<div style="min-height: 3em">{page}</div>'
        show({"text/html": page, "text/plain": line}, raw=True)

    def _draw(self, show, last=False):
        """Show the picture, the last two epochs as a table, and at the end the log."""
        panels = [name for name in self._names if not name.startswith("val_")]
        panels = sorted(panels, key=lambda name: name != "loss")[:2]
        span = self._first + 1, max(self.params["epochs"], self._first + 2)
        alt = "Training curves. They start after the first epoch."
        if self._rows:
            ends = []
            for name in self._names:
                values = [row[name] for row in self._rows.values() if name in row]
                if values:
                    ends.append(f"{name} {values[0]:.3f} to {values[-1]:.3f}")
            alt = f"Training curves up to epoch {max(self._rows)}. "
            alt += f"From their first point to the last: {', '.join(ends)}."
        picture = svg(self.model.name, panels, self._rows, span)
        page = plot.img(picture.encode(), alt, *SIZE) + _table(self._names, self._rows)
        style = "display: flex; flex-wrap: wrap; align-items: center; gap: 1em"
        page = f'<div style="{style}">{page}</div>'
        log, title = "\n".join(self._log), "All epochs as text"
        if last:
            page += f"<details><summary>{title}</summary><pre>{log}</pre></details>"
        else:
            page += "" if self._pace else INTO_VIEW
            page += (
                "<div>When the training is over, all epochs appear here as text</div>"
            )
        show({"text/html": page, "text/plain": f"{alt}\n{log}"}, raw=True)


def _numbers(logs):
    """Return the results that are a number; a metric may have one for each class."""
    return {name: x for name, x in (logs or {}).items() if np.ndim(x) == 0}


def _about(seconds):
    """Return a rough time in words."""
    if seconds < 100:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min"


def _as_keras(epoch, params, seconds, logs):
    """Return the two lines for an epoch that Keras prints with `verbose=2`."""
    steps = params["steps"] or 1
    numbers = "".join(f" - {name}: {value:.4f}" for name, value in logs.items())
    times = f"{seconds:.0f}s - {1000 * seconds / steps:.0f}ms/step"
    return (
        f"Epoch {epoch + 1}/{params['epochs']}",
        f"{steps}/{steps} - {times}{numbers}",
    )


def _table(names, rows):
    """Return a table of the last two epochs; of dashes, as long as there are none."""
    last = [("–", {}), ("–", {}), *rows.items()][-2:]
    heads = "".join(f'<th scope="col">{epoch}</th>' for epoch, _ in last)
    table = f'<tr><th scope="row">epoch</th>{heads}</tr>'
    for name in names:
        cells = [f"{row[name]:.3f}" if name in row else "–" for _, row in last]
        cells = "".join(f"<td>{cell}</td>" for cell in cells)
        table += f'<tr><th scope="row">{html.escape(name)}</th>{cells}</tr>'
    return f"<table>{table}</table>"


def svg(title, panels, rows, span):
    """Return a picture of the curves, a panel for each name, over a span of epochs.

    Matplotlib takes 0.1 to 0.3 s to draw it: too long for epochs of two seconds.
    """
    parts = [_text(SIZE[0] / 2, 20, title, size=16)]
    for place, name in enumerate(panels):
        parts += _panel(55 + place * SIZE[0] / 2, name, rows, span)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE[0]} {SIZE[1]}" '
        f'width="{SIZE[0]}" height="{SIZE[1]}" font-family="sans-serif">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>'
    )


def _text(x, y, words, anchor="middle", size=13):
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f"<text {place}>{html.escape(str(words))}</text>"


def _line(points, style='stroke="#ccc"', width=1):
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{places}" {style} fill-opacity="0" stroke-width="{width}"/>'
    )


def _panel(left, name, rows, span):
    """Yield the parts of a panel: a grid with its numbers, the curves, their names."""
    curves = [
        [(e, row[column]) for e, row in rows.items() if column in row]
        for column in (name, f"val_{name}")
    ]
    values = [y for curve in curves for _, y in curve if math.isfinite(y)] or [0, 1]
    least, most = min(values), max(values)
    most += 0.1 * (least == most)  # a single point, or a flat line
    ticks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(least, most)

    def place(epoch, value):
        x = left + 10 + (WIDTH - 20) * (epoch - span[0]) / (span[1] - span[0])
        return x, TOP + HEIGHT * (ticks[-1] - value) / (ticks[-1] - ticks[0])

    yield _text(left + WIDTH / 2, 40, name.capitalize(), size=15)
    for tick in ticks:
        y = place(span[0], tick)[1]
        yield _line([(left, y), (left + WIDTH, y)])
        yield _text(left - 6, y + 4, f"{tick:.4g}", "end")
    for tick in MaxNLocator(10, steps=[1, 2, 5, 10], integer=True).tick_values(*span):
        if span[0] <= tick <= span[1]:
            x = place(tick, ticks[0])[0]
            yield _line([(x, TOP), (x, TOP + HEIGHT)])
            yield _text(x, TOP + HEIGHT + 18, f"{tick:.0f}")
    yield _text(left + WIDTH / 2, TOP + HEIGHT + 38, "epoch")
    names = (name, left), (f"val_{name}", left + 125)
    for (label, x), curve, style in zip(names, curves, STYLES, strict=True):
        if curve or label == name:
            yield _line([(x, 58), (x + 34, 58)], style, 2.5)
            yield _text(x + 40, 62, label, "start")
        points = [place(*point) for point in curve if math.isfinite(point[1])]
        yield _line(points, style, 2.5)
        for x, y in points[-1:]:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" {style}/>'
