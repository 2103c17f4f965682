"""After `import lesson`, Keras starts without a log, and only when it is needed."""

import os
import subprocess
import sys

import pytest
from lesson_files import NOTEBOOKS

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
        "import lesson; lesson.models.build_intro()",
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
