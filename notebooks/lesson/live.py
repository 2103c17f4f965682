"""Training curves that grow while a model trains."""

import html
import time

import keras
import matplotlib.pyplot as plt
import seaborn as sns
from IPython import get_ipython
from IPython.display import DisplayHandle
from matplotlib.ticker import MaxNLocator

from lesson import plot

__all__ = ["LiveCurves"]


def __dir__():
    """Offer the public names to tab completion."""
    return __all__


SIZE = (9, 3.4)  # inches, of the picture at all times, so that nothing jumps


class LiveCurves(keras.callbacks.Callback):
    """Draws loss and accuracy of training and validation after each epoch.

    ``model.fit(..., callbacks=[lesson.LiveCurves()])`` shows one picture, which grows.
    Its text alternative says the latest values; a line above it, the epoch and the
    time that is left. When the training ends, one last picture stays in the notebook.

    Parameters
    ----------
    share : float
        The most that drawing may take of the time of the training. Where epochs are
        short, the picture is drawn after some of them only, and at the end.
    """

    def __init__(self, share=0.03):
        """Make the callback; the parameters are those of the class."""
        super().__init__()
        self.share = share

    def on_train_begin(self, logs=None):
        """Hold the picture's place."""
        self._start = time.perf_counter()
        self.spent = 0.0  # seconds, of drawing
        self._longest = 0.05  # seconds that a drawing takes, guessed before the first
        self._epochs, self._curves = [], {}
        self._handle = DisplayHandle()
        words = "The curves start after the first epoch."
        place = f'<div style="height: {round(SIZE[1] * 100)}px"></div>'
        self._show(self._handle.display, f"<div>{words}</div>{place}", words)

    def on_epoch_end(self, epoch, logs=None):
        """Note an epoch's results, and draw, if there is time for it."""
        self._epochs.append(epoch + 1)  # a training that goes on starts later than 1
        for name, value in (logs or {}).items():
            self._curves.setdefault(name, []).append(float(value))
        elapsed = time.perf_counter() - self._start
        # The last picture, which is always drawn, is kept free
        if self.spent + 2 * self._longest <= self.share * elapsed:
            left = elapsed / len(self._epochs) * (self.params["epochs"] - epoch - 1)
            self._draw(f", about {max(1, round(left))} s left", dpi=100)

    def on_train_end(self, logs=None):
        """Draw the last picture, which has no times in it."""
        if self._curves:
            self._draw("", dpi=150)

    def _draw(self, rest, dpi):
        start = time.perf_counter()
        curves = self._curves
        metrics = [name for name in curves if not name.startswith("val_")]
        panels = ["loss", *[name for name in metrics if name != "loss"][:1]]
        epochs = self._epochs

        blue, orange = sns.color_palette("colorblind")[:2]
        with plt.rc_context({"figure.constrained_layout.use": False}):
            fig, axes = plt.subplots(1, len(panels), figsize=SIZE, squeeze=False)
        for ax, name in zip(axes.flat, panels, strict=True):
            for column, color, style in [
                (name, blue, "-"),
                (f"val_{name}", orange, "--"),
            ]:
                if column in curves:
                    ax.plot(
                        epochs,
                        curves[column],
                        style,
                        color=color,
                        label=column,
                        marker="o" if len(epochs) == 1 else None,
                    )
            ax.set(title=name.capitalize(), xlabel="epoch", ylabel=name)
            ax.set_xlim(
                epochs[0] - 0.2, max(self.params["epochs"], epochs[0] + 1) + 0.2
            )
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
            ax.legend()
        fig.suptitle(self.model.name)
        fig.subplots_adjust(left=0.08, right=0.98, bottom=0.16, top=0.84, wspace=0.25)

        line = f"Epoch {epochs[-1]} of {self.params['epochs']}{rest}"
        latest = [f"{name} {values[-1]:.3f}" for name, values in curves.items()]
        alt = f"Training curves. {line}. The latest values: {', '.join(latest)}."
        picture = plot.img(plot.png(fig, alt, dpi), alt, SIZE[0] * 100)
        plt.close(fig)
        self._show(self._handle.update, f"<div>{html.escape(line)}</div>{picture}", alt)
        self._longest = time.perf_counter() - start
        self.spent += self._longest

    def _show(self, show, page, text):
        """Display or update, where there is somebody to display to."""
        if get_ipython() is not None:
            show({"text/html": page, "text/plain": text}, raw=True)
