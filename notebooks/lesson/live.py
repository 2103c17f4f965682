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
__dir__ = __all__.copy  # what tab completion offers

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
LATER = "<div>When the training is over, all epochs appear here as text</div>"
LOG = "<details><summary>All epochs as text</summary><pre>{}</pre></details>"
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
            left = (epochs - self._first - done) * an_epoch
            about = f"{max(1, left):.0f} s" if left < 100 else f"{left / 60:.0f} min"
            line += f", about {about} left"
        if self._asked:
            line = f"Stopping at the end of epoch {self._epoch + 1}, as you asked. "
            line += "Interrupt again to stop at once."
        self._told = now
        self._say(line, self._line.update, done / (epochs - self._first))

    def on_epoch_end(self, epoch, logs=None):
        """Draw the curves; and stop, if somebody has asked for it."""
        if self._first is None:
            return
        now, numbers = time.perf_counter(), _numbers(logs)
        self._rows[epoch + 1] = numbers
        self._names = list(dict.fromkeys([*self._names, *numbers]))
        steps, seconds = self.params["steps"] or 1, now - self._start
        results = "".join(f" - {name}: {x:.4f}" for name, x in numbers.items())
        self._log += [  # as Keras prints with `verbose=2`
            f"Epoch {epoch + 1}/{self.params['epochs']}",
            f"{steps}/{steps} - {seconds:.0f}s - {1000 * seconds / steps:.0f}ms/step"
            f"{results}",
        ]
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
        advice = "The history has the whole epochs before it."
        if not self._rows:
            advice = "The history is still empty: run this cell again before you go on."
        where = f"epoch {self._epoch + 1} of {self.params['epochs']}"
        self._finish(f"Broken off in {where}. {advice}")

    def _finish(self, line):
        """Leave the last line and picture behind, and the interrupt as it was."""
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
        page = f'<div style="min-height: 3em"><div>{html.escape(line)}</div>'
        if share is not None:
            page += (
                f'<progress aria-label="training" value="{share:.4f}" style="display: '
                f'block; width: {SIZE[0]}px; max-width: 100%"></progress>'
            )
        show({"text/html": f"{page}</div>", "text/plain": line}, raw=True)

    def _draw(self, show, last=False):
        """Show the picture, the last two epochs as a table, and at the end the log."""
        panels = [name for name in self._names if not name.startswith("val_")]
        panels = sorted(panels, key=lambda name: name != "loss")[:2]
        span = self._first + 1, max(self.params["epochs"], self._first + 2)
        alt = "Training curves. They start after the first epoch."
        if self._rows:
            curves = [(x, _curve(self._rows, x)) for x in self._names]
            ends = [f"{x} {y[0][1]:.3f} to {y[-1][1]:.3f}" for x, y in curves if y]
            alt = f"Training curves up to epoch {max(self._rows)}. "
            alt += f"From their first point to the last: {', '.join(ends)}."
        picture = svg(self.model.name, panels, self._rows, span)
        style = "display: flex; flex-wrap: wrap; align-items: center; gap: 1em"
        page = f'<div style="{style}">{plot.img(picture.encode(), alt, *SIZE)}'
        page += f"{_table(self._names, self._rows)}</div>"
        log, later = "\n".join(self._log), LATER if self._pace else INTO_VIEW + LATER
        page += LOG.format(log) if last else later
        show({"text/html": page, "text/plain": f"{alt}\n{log}"}, raw=True)


def _numbers(logs):
    """Return the results that are a number; a metric may have one for each class."""
    return {name: x for name, x in (logs or {}).items() if np.ndim(x) == 0}


def _curve(rows, name):
    """Return (epoch, value) wherever the rows have a value of this name."""
    return [(epoch, row[name]) for epoch, row in rows.items() if name in row]


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
    names = name, f"val_{name}"
    curves = [_curve(rows, column) for column in names]
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
    for label, curve, style in zip(names, curves, STYLES, strict=True):
        x = left if label == name else left + 125
        if curve or label == name:
            yield _line([(x, 58), (x + 34, 58)], style, 2.5)
            yield _text(x + 40, 62, label, "start")
        points = [place(*point) for point in curve if math.isfinite(point[1])]
        yield _line(points, style, 2.5)
        for x, y in points[-1:]:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" {style}/>'
