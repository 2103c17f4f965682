"""After `import lesson`, Keras starts without a log, and only when it is needed."""

import os
import subprocess
import sys

import pytest
from lesson_files import NOTEBOOKS

STRANGE = "E0000 00:00:1 gpu.cc:1] the memory of this GPU is broken"
# Stands in for Keras: its backend writes one harmless line and one that matters
CHATTY_KERAS = f"""\
import os
os.write(2, b"I0000 00:00:1 port.cc:153] oneDNN custom operations are on.\\n")
os.write(2, b"{STRANGE}\\n")
"""


def _python(code, folders=(NOTEBOOKS,)):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    "code",
    [
        "import lesson, keras; keras.ops.ones(1)",
        "import lesson.check",
        "import lesson; lesson.models.build_intro()",
    ],
)
def test_start_of_keras_is_silent(code):
    run = _python(code)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_data_do_not_wait_for_keras():
    """TensorFlow takes seconds and 700 MB: whoever wants only the data has neither."""
    run = _python(
        "import lesson.data, sys; print({'keras', 'tensorflow'} & {*sys.modules})"
    )
    assert (run.stdout, run.stderr) == ("set()\n", "")


def test_keras_may_have_been_imported_before():
    assert _python("import keras, lesson; lesson.models.build_intro()").returncode == 0


def test_other_lines_are_passed_on(tmp_path):
    """Also when the import fails: this Keras has no `ops`."""
    (tmp_path / "keras.py").write_text(CHATTY_KERAS, encoding="utf-8")
    run = _python("import lesson, keras", [tmp_path, NOTEBOOKS])
    assert run.returncode == 1
    assert run.stderr.startswith(STRANGE)
    assert "oneDNN" not in run.stderr
    assert "has no attribute 'ops'" in run.stderr
