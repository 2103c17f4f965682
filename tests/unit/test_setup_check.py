"""`lesson.setup_check`: what it says where all is well, and where something is not."""

import re
import subprocess
import sys

import psutil
import pytest
from lesson import setup_check
from lesson_files import NOTEBOOKS


def test_machine_that_runs_this_suite_is_ready():
    command = [sys.executable, "-m", "lesson.setup_check"]
    run = subprocess.run(command, cwd=NOTEBOOKS, capture_output=True, text=True)
    *lines, last = run.stdout.splitlines()
    assert (run.returncode, last) == (0, "All is ready."), run.stdout + run.stderr
    assert [line[:4] for line in lines] == ["ok  "] * 5
    assert "200 steps on real images" in lines[-1]


@pytest.mark.parametrize(
    ("place", "name", "value", "said"),
    [
        (setup_check, "PACKAGES", ("keras", "gone"), "packages: .+gone None .+ again"),
        (psutil, "virtual_memory", lambda: 1 / 0, "memory: ZeroDivisionError.+README"),
        (setup_check, "MEMORY", 1e6, "memory: .+ 1000000.0. Close other programs"),
        (setup_check, "DISK", 1e6, "disk: .+ needs 1000000.0. Make room"),
        (setup_check, "_images", lambda: None, "data: not here yet. Run `python -m"),
    ],
)
def test_what_is_wrong_has_its_remedy(place, name, value, said, monkeypatch, capsys):
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    monkeypatch.setattr(place, name, value)
    assert not setup_check.run(train=False)
    (wrong,) = [x for x in capsys.readouterr().out.splitlines() if x[:2] == "!!"]
    assert re.match(rf"!!  {said}", wrong)
