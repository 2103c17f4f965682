"""`import lesson` keeps TensorFlow's start-up log away, and nothing else."""

import os
import subprocess
import sys

from lesson_files import NOTEBOOKS

STRANGE = "E0000 00:00:1 gpu.cc:1] the memory of this GPU is broken"
# Stands in for Keras: its backend writes one harmless line and one that matters
CHATTY_KERAS = f"""\
import os
os.write(2, b"I0000 00:00:1 port.cc:153] oneDNN custom operations are on.\\n")
os.write(2, b"{STRANGE}\\n")
"""


def _import_lesson(folders):
    return subprocess.run(
        [sys.executable, "-c", "import lesson"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_import_is_silent():
    run = _import_lesson([NOTEBOOKS])
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_other_lines_are_passed_on(tmp_path):
    """Also when the import fails: this Keras has no `ops`."""
    (tmp_path / "keras.py").write_text(CHATTY_KERAS, encoding="utf-8")
    run = _import_lesson([tmp_path, NOTEBOOKS])
    assert run.returncode == 1
    assert run.stderr.startswith(STRANGE)
    assert "oneDNN" not in run.stderr
    assert "has no attribute 'ops'" in run.stderr
