"""Results count only if they are of this very lesson."""

import pytest
from lesson_files import NOTEBOOKS, SANDBOX, last_run


@pytest.fixture(scope="session", autouse=True)
def results_are_of_this_lesson():
    """Refuse results of an older notebook 04, which trains, or of an older package."""
    last_run("04-fit-cnn")
    for module in (NOTEBOOKS / "lesson").rglob("*.py"):
        used = SANDBOX / "notebooks" / module.relative_to(NOTEBOOKS)
        assert used.read_bytes() == module.read_bytes(), (
            f"lesson/{module.name} was changed since it was used: run pytest again"
        )
