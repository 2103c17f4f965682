"""Each notebook was run by this suite, as it is now: its figures, and its memory."""

import re
import sys

import matplotlib.image
import pytest
from lesson_files import (
    ROOT,
    code_cells,
    last_run,
    read_notebooks,
    run_folder,
    run_problem,
)
from notebook_runs import MEMORY_LIMIT

each_notebook = pytest.mark.parametrize(
    "ran", [name for name in read_notebooks() if code_cells(name)]
)


@each_notebook
def test_notebook_was_run_as_it_is_now(ran):
    """Else the tests of its results are skipped, which nobody should overlook."""
    problem = run_problem(ran)
    assert problem is None, problem


@each_notebook
def test_figures_are_like_those_on_disk(ran):
    """The run saved what its cells say, in the same sizes, and none is blank."""
    code = "\n".join(cell["source"] for cell in code_cells(ran))
    saved = {path.name: path for path in run_folder(ran, "fig").glob("*")}
    assert set(saved) == set(re.findall(r'save_as="([^"]+)"', code))
    for name, path in saved.items():
        new, old = map(matplotlib.image.imread, (path, ROOT / "fig" / name))
        assert new.shape == old.shape, name
        assert min(new.shape[:2]) >= 200, name
        assert new[..., :3].std() > 0.02, f"{name} is blank"


@each_notebook
def test_memory_is_bounded(ran):
    """Binder gives 2 GB to Jupyter's server and the kernel together."""
    peak = last_run(ran)["peak_memory"]
    assert peak is not None, "the kernel died"
    assert peak > 200e6, "too little to be true, with Keras loaded"
    # Elsewhere, memory is counted in other ways
    if sys.platform == "linux":
        assert peak <= MEMORY_LIMIT
