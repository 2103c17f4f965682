"""The lesson's helpers; the teaching itself stands in the notebooks.

``import lesson`` comes first in every notebook: it lets errors say what to do, see
`lesson.kernel`, and it keeps TensorFlow's start-up log out of the notebook when Keras
is imported after it, see `lesson.quiet`. The modules are loaded when they are first
used: ``lesson.data.load_cifar10()``, ``lesson.plot.show``.
"""

import importlib

from lesson import kernel, quiet

quiet.wait_for_keras()
kernel.install()

# Modules that `lesson.<name>` reaches. Loading them on demand also lets
# `python -m lesson.data` run without Python's warning about a module loaded twice
MODULES = (
    *("check", "data", "drawings", "experiments", "live", "models", "photos"),
    *("plot", "results", "setup_check", "widgets"),
)
# What stands in one of them, and is so common that it has a shorter name
SHORT = {"LiveCurves": "lesson.live", "catch_up": "lesson.results"}
__all__ = [*SHORT, *MODULES]
__dir__ = __all__.copy  # for tab completion, before they are loaded


def __getattr__(name):
    """Load the module `lesson.<name>` on first use."""
    if name in MODULES:
        return importlib.import_module(f"lesson.{name}")
    if name in SHORT:
        return getattr(importlib.import_module(SHORT[name]), name)
    raise AttributeError(f"module 'lesson' has no attribute {name!r}")
