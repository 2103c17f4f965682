"""What the package offers, each name with an example that runs; and that it is quiet.

After `import lesson`, Keras starts without a log, and only when it is needed.
"""

import doctest
import importlib
import inspect
import os
import pkgutil
import sys
from types import SimpleNamespace
from unittest.mock import Mock

import lesson
import pytest
from lesson import quiet
from lesson_files import NOTEBOOKS, REFERENCE, run_python

MODULES = [each.name for each in pkgutil.walk_packages(lesson.__path__, "lesson.")]


def test_package_offers_its_modules():
    assert dir(lesson) == lesson.__all__ and len({*dir(lesson)}) == len(dir(lesson))
    assert all(getattr(lesson, name) for name in lesson.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = lesson.nothing


@pytest.mark.parametrize("name", MODULES)
def test_module_has_what_it_offers_and_its_examples_run(name, monkeypatch, tmp_path):
    monkeypatch.setattr(lesson.experiments, "FIT_OUTPUTS", tmp_path)
    monkeypatch.setattr(lesson.results, "FIT_OUTPUTS", tmp_path)
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
    if name.removeprefix("lesson.") not in lesson.MODULES:
        return
    offers = dir(module)  # by tab completion
    assert len(offers) == len({*offers}), f"{name} offers something twice"
    for offered in offers:
        each = getattr(module, offered)
        assert not offered.startswith("_") and not inspect.ismodule(each), offered
        if inspect.isfunction(each):
            assert ">>>" in each.__doc__, f"{name}.{offered}: no example"


MODEL = REFERENCE / "model_intro.keras"
STRANGE = "E0000 00:00:1 gpu.cc:1] the memory of this GPU is broken"
HARMLESS = "I0000 00:00:1 port.cc:153] oneDNN custom operations are on."


def _python(code, folder=""):
    env = {"PYTHONPATH": f"{folder}{os.pathsep}{NOTEBOOKS}"}
    run = run_python("-c", code, env=env)
    return run.returncode, run.stdout, run.stderr


@pytest.mark.parametrize(
    "code",
    [
        "import lesson.check",
        # With other backends, Keras loads TensorFlow only when it loads a model; on
        # PyTorch, it refuses by itself to take more than one step
        "import lesson, keras, numpy;"
        f"model = keras.models.load_model({str(MODEL)!r}, compile=False);"
        "model.compile('adam', 'mse', steps_per_execution=50);"
        "model.fit(numpy.ones((1, 32, 32, 3)), numpy.ones((1, 10)), verbose=0)",
        # On a GPU, TensorFlow has more to say once it trains
        "import lesson, keras, os; assert os.environ['TF_CPP_MIN_LOG_LEVEL'] == '1'",
        # TensorFlow takes seconds and 700 MB: whoever wants only data does not wait
        "import lesson.data, sys; assert not {'keras', 'tensorflow'} & {*sys.modules}",
    ],
)
def test_start_is_silent(code):
    assert _python(code) == (0, "", "")


def test_keras_may_have_been_imported_before():
    assert _python("import keras, lesson; lesson.models.build_intro()")[0] == 0


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(("backend", "steps"), [("torch", 1), ("tensorflow", 50)])
def test_only_pytorch_takes_single_steps(backend, steps, before, monkeypatch):
    """Something stands in for Keras, imported before the lesson or after it."""
    told = SimpleNamespace(backend=lambda: backend)
    own = {"Model": type("Model", (), {}), "ops": Mock(), "backend": told}
    keras = SimpleNamespace(__name__="keras", **own)
    monkeypatch.setitem(sys.modules, "keras", keras)
    monkeypatch.setattr(sys, "meta_path", [])
    if before:
        quiet.wait_for_keras()
    else:
        quiet.start_quietly(lambda module: None, keras)
    (model := keras.Model()).steps_per_execution = 50
    assert model.steps_per_execution == steps
    assert keras.ops.convert_to_tensor.called != before


def test_other_lines_are_passed_on(tmp_path):
    """Also when the import fails: what stands in for Keras here has no `ops`."""
    chatty = f"import os; os.write(2, b'''{HARMLESS}\n{STRANGE}\\xff\n''')"
    (tmp_path / "keras.py").write_text(chatty, encoding="utf-8")
    code, _, log = _python("import lesson, keras", tmp_path)
    assert code == 1 and log.splitlines()[0].startswith(STRANGE)
    assert "oneDNN" not in log
    assert "has no attribute 'ops'" in log
