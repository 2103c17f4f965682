"""Each notebook was run by this suite, as it is now: its figures, and its memory."""

import sys

import pytest
from lesson_files import WITH_CODE, last_run, run_problem
from notebook_runs import MEMORY_LIMIT

each_notebook = pytest.mark.parametrize("ran", WITH_CODE)


@each_notebook
def test_notebook_was_run_as_it_is_now(ran):
    """Else the tests of its results are skipped, which nobody should overlook."""
    problem = run_problem(ran)
    assert problem is None, problem


@each_notebook
def test_memory_is_bounded(ran):
    """Binder gives 2 GB to Jupyter's server and the kernel together."""
    peak = last_run(ran)["peak_memory"]
    assert peak is not None, "the kernel died"
    assert peak > 200e6, "too little to be true, with Keras loaded"
    # Elsewhere, memory is counted in other ways
    if sys.platform == "linux":
        assert peak <= MEMORY_LIMIT
