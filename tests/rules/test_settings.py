"""The settings of training runs, read from the code of notebooks and tools."""

import ast
import functools
import re

from lesson_files import ROOT, all_cells, parse

SEED = "42"


@functools.cache
def places():
    """Return the syntax trees of all code that can train, by their place."""
    code = [(name, cell) for name, cell in all_cells() if cell["cell_type"] == "code"]
    trees = {f"{name}, cell {cell['id']}": parse(cell) for name, cell in code}
    for tool in sorted((ROOT / "tools").glob("train_*.py")):
        trees[tool.name] = ast.parse(tool.read_text(encoding="utf-8"))
    return trees


def _calls(tree, name):
    """Return the keyword arguments, as text, of each call of a function or method."""
    return [
        {key.arg: ast.unparse(key.value) for key in node.keywords if key.arg}
        | {str(n): ast.unparse(each) for n, each in enumerate(node.args)}
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and name == getattr(node.func, "attr", getattr(node.func, "id", None))
    ]


def _each(name):
    found = [(place, x) for place, tree in places().items() for x in _calls(tree, name)]
    assert found, f"nothing calls {name}"
    return found


def test_split_is_the_same_everywhere():
    for place, call in _each("train_test_split"):
        settings = {key: call[key] for key in call if not key.isdigit()}
        assert settings == {"test_size": "0.2", "random_state": SEED}, place


def test_each_layer_has_its_activation():
    """Its own, or one that stands behind its batch normalisation."""
    for place, call in _each("Conv2D") + _each("Dense"):
        normalised = _calls(places()[place], "BatchNormalization")
        assert call.get("activation") in ("'relu'", "'softmax'") or normalised, place


def test_seeds_are_fixed():
    """To the lesson's one seed, or to the one that a series is told to take."""
    for place, call in _each("set_random_seed"):
        trains = _calls(places()[place], "Dense") or _calls(places()[place], "fit")
        assert call["0"] in (SEED, "seed") or not trains, f"{place}: {call['0']}"
    for name in {place.split(",")[0] for place, _ in _each("fit")}:
        cells = [tree for place, tree in places().items() if place.startswith(name)]
        seeded = [bool(_calls(tree, "set_random_seed")) for tree in cells]
        fits = [bool(_calls(tree, "fit")) for tree in cells]
        assert seeded.index(True) <= fits.index(True), f"{name} trains without a seed"


def test_trainings_are_validated_on_images_that_they_may_see():
    for place, call in _each("fit"):
        assert "shuffle" not in call, f"{place}: Keras shuffles by itself"
        first = call["0"].removeprefix("lesson.")
        assert not first.startswith(("val_", "test_")), f"{place} trains on {first}"
        data = call.get("validation_data", "val")
        assert "val" in data and "test" not in data, f"{place} validates on {data}"
        assert "epochs" in call, f"{place} leaves the number of epochs to Keras"
        # A progress bar leaves debris in a notebook
        assert call.get("verbose") in ("0", "2"), f"{place}: verbose is neither 0 nor 2"
        if ", cell " in place:
            assert re.fullmatch(r"[1-9]\d*|epochs", call["epochs"]), f"{place}: epochs"


def _training(*cells):
    """Return what cells compile and fit with, as far as the results depend on it."""
    trees = [places()[cell] for cell in cells]
    calls = [x for name in ("compile", "fit") for t in trees for x in _calls(t, name)]
    return [{k: c[k] for k in c if k not in ("verbose", "callbacks")} for c in calls]


def test_both_networks_are_trained_alike():
    one = _training("04-fit-cnn, cell compile-intro", "04-fit-cnn, cell fit-intro")
    other = _training("05-overfitting, cell fit-dropout")
    assert len(one) == 2
    assert one == other, "the second network is compiled or fitted otherwise"
