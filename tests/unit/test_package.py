"""What the package offers, each name with an example that runs; and that it is quiet.

After `import lesson`, Keras starts without a log, and only when it is needed.
"""

import doctest
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys

import lesson
import pytest
from lesson_files import NOTEBOOKS, REFERENCE

PUBLIC = lesson.MODULES
MODULES = [each.name for each in pkgutil.walk_packages(lesson.__path__, "lesson.")]


def test_package_offers_its_modules():
    assert dir(lesson) == lesson.__all__
    for name in lesson.__all__:
        assert getattr(lesson, name)
    with pytest.raises(AttributeError, match="nothing"):
        _ = lesson.nothing


@pytest.mark.parametrize("name", PUBLIC)
def test_tab_completion_offers_public_names_each_with_an_example(name):
    module = getattr(lesson, name)
    for offered in dir(module):
        each = getattr(module, offered)
        assert not offered.startswith("_")
        assert not inspect.ismodule(each), offered
        # The docstring of `check` has one for all exercises
        if inspect.isfunction(each) and name != "check":
            assert ">>>" in each.__doc__, f"lesson.{name}.{offered}: no example"


@pytest.mark.parametrize("name", MODULES)
def test_module_has_what_it_offers_and_its_examples_run(name, monkeypatch, tmp_path):
    monkeypatch.setattr(lesson.experiments, "FIT_OUTPUTS", tmp_path)
    monkeypatch.setattr(lesson.results, "FIT_OUTPUTS", tmp_path)
    module = importlib.import_module(name)
    missing = [x for x in getattr(module, "__all__", ()) if not hasattr(module, x)]
    assert missing == [], f"{name}.__all__ offers these, and they are not there"
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


MODEL = REFERENCE / "model_intro.keras"
STRANGE = "E0000 00:00:1 gpu.cc:1] the memory of this GPU is broken"
HARMLESS = "I0000 00:00:1 port.cc:153] oneDNN custom operations are on."


def _python(code, *folders):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [*folders, NOTEBOOKS]))}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    return run.returncode, run.stdout, run.stderr


@pytest.mark.parametrize(
    "code",
    [
        "import lesson, keras; keras.ops.ones(1)",
        "import lesson.check",
        # With other backends, Keras loads TensorFlow only now
        f"import lesson, keras; keras.models.load_model({str(MODEL)!r}, compile=False)",
        # On PyTorch, Keras itself refuses more than one step
        "import lesson, numpy; model = lesson.models.build_intro();"
        "model.compile('adam', 'mse', steps_per_execution=50);"
        "model.fit(numpy.ones((1, 32, 32, 3)), numpy.ones((1, 10)), verbose=0)",
        # TensorFlow takes seconds and 700 MB: whoever wants only data does not wait
        "import lesson.data, sys; assert not {'keras', 'tensorflow'} & {*sys.modules}",
    ],
)
def test_start_is_silent(code):
    assert _python(code) == (0, "", "")


def test_keras_may_have_been_imported_before():
    assert _python("import keras, lesson; lesson.models.build_intro()")[0] == 0


def test_other_lines_are_passed_on(tmp_path):
    """Also when the import fails: what stands in for Keras here has no `ops`."""
    chatty = f"import os; os.write(2, b'''{HARMLESS}\n{STRANGE}\n''')"
    (tmp_path / "keras.py").write_text(chatty, encoding="utf-8")
    code, _, log = _python("import lesson, keras", tmp_path)
    assert (code, log.splitlines()[0]) == (1, STRANGE)
    assert "oneDNN" not in log
    assert "has no attribute 'ops'" in log
