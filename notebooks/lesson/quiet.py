"""Keeps TensorFlow's start-up log out of the notebooks.

TensorFlow's C++ code greets every process with log lines on file descriptor 2,
before any setting of its own can stop it (``TF_CPP_MIN_LOG_LEVEL`` acts later).
In JupyterLab they would stand in red under the learner's first cell, and saved
notebooks would differ from machine to machine.
"""

import importlib.abc
import importlib.util
import os
import re
import sys
import tempfile

# The known harmless lines; whatever else turns up is passed on
KNOWN_LINES = re.compile(
    r"WARNING: All log messages before absl::InitializeLog\(\)"
    r"|I\d{4} \d\d:\d\d:"  # information, never a warning or an error
    r"|To enable the following instructions:"
    r"|E\d{4} .*failed call to cuInit.*\(303\)"  # CUDA's word for: no NVIDIA driver
    r"|\s*$"
)


class QuietStart(importlib.abc.MetaPathFinder):
    """Waits for the first ``import keras``, and keeps its start-up log out of sight.

    An import hook rather than an import: whoever only loads the data does not wait for
    TensorFlow, which takes seconds and 700 MB.
    """

    def find_spec(self, name, path=None, target=None):
        """Find Keras where it is, with a start that is quiet; nothing else."""
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: start_quietly(execute, module)
        return spec


def start_quietly(execute, keras):
    """Load the module Keras, start its backend, and pass on only unexpected log lines.

    Lines that are not in `KNOWN_LINES` go to `sys.stderr` once Keras is loaded,
    also when loading it fails.

    Parameters
    ----------
    execute : callable
        Loads the module that it is given.
    keras : module
        As yet empty.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # quiet after the start, too
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            execute(keras)
            # The processor's features are logged when the first tensor is made
            keras.ops.convert_to_tensor(0.0)
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            log.seek(0)
            for line in log.read().decode(errors="replace").splitlines():
                if not KNOWN_LINES.match(line):
                    print(line, file=sys.stderr)


def wait_for_keras():
    """Let the first ``import keras`` be quiet, unless it has been already."""
    if "keras" not in sys.modules:
        sys.meta_path.insert(0, QuietStart())
