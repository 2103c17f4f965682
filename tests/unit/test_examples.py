"""What the package offers: public names only, each with an example that runs."""

import doctest
import importlib
import inspect
import pkgutil

import lesson
import pytest

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
