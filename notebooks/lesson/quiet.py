"""Prepares Keras as it is imported: no start-up log, and one argument for all backends.

TensorFlow's C++ code greets every process with log lines on file descriptor 2,
before any setting of its own can stop it (``TF_CPP_MIN_LOG_LEVEL`` acts later).
In JupyterLab they would stand in red under the learner's first cell, and saved
notebooks would differ from machine to machine.

On PyTorch, Keras refuses to train with ``steps_per_execution``, which saves time on
TensorFlow and changes no result: there, it is taken for 1.
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
    """Waits for the first imports of Keras and TensorFlow, to keep their log away.

    An import hook rather than an import: whoever only loads the data does not wait for
    TensorFlow, which takes seconds and 700 MB. With another backend, Keras imports
    TensorFlow when it first loads a model.
    """

    awaited = {"keras", "tensorflow"}

    def find_spec(self, name, path=None, target=None):
        """Find a module where it is, with a start that is quiet; no others."""
        if name not in self.awaited:
            return None
        self.awaited.remove(name)  # let the others look
        spec = importlib.util.find_spec(name)
        self.awaited.add(name)  # PyTorch only asks whether TensorFlow is there
        if spec is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: start_quietly(execute, module)
        return spec


def start_quietly(execute, module):
    """Load a module by `execute`, and start Keras' backend with Keras.

    Lines that are not in `KNOWN_LINES` go to `sys.stderr` once the module is loaded,
    also when loading it fails.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # quiet after the start, too
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            execute(module)
            if module.__name__ == "keras":
                # The processor's features are logged when the first tensor is made
                module.ops.convert_to_tensor(0.0)
                take_single_steps(module)
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            log.seek(0)
            for line in log.read().decode(errors="replace").splitlines():
                if not KNOWN_LINES.match(line):
                    print(line, file=sys.stderr)


def take_single_steps(keras):
    """On PyTorch, let models be compiled and loaded with any `steps_per_execution`."""
    if keras.backend.backend() == "torch":
        keras.Model.steps_per_execution = property(lambda _: 1, lambda _, steps: None)


def wait_for_keras():
    """Let the first ``import keras`` be quiet; if it has been already, only prepare."""
    sys.meta_path.insert(0, QuietStart())
    if hasattr(sys.modules.get("keras"), "Model"):  # loaded to its end
        take_single_steps(sys.modules["keras"])
