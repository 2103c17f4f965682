"""What the prose says that can be worked out: sums, links, code to paste."""

import itertools
import re
import shutil
from pathlib import Path

import pytest
from format import GLOSSARY, ROOT, TO_A_TERM, definitions, find, notebooks
from lesson_files import MODELS, REFERENCE, SUM, cell_source, prose, read_notebooks


def test_sums_come_out():
    sums = SUM.findall("\n".join(map(prose, read_notebooks())))
    assert len(sums) > 10
    for left, right in sums:
        terms = re.sub(r"[a-z, ]", "", left).replace("×", "*").replace("−", "-")
        assert eval(terms) == float(right.replace(",", "")), f"{left} = {right}"


def test_glossary_is_complete():
    """Every link meets an entry, every term is linked, and a title can hold it.

    That each link has its title is a part of the canonical form, see test_notebooks.py.
    """
    linked = TO_A_TERM.findall("\n".join(map(prose, read_notebooks())))
    assert set(linked) == definitions().keys()
    for term, words in definitions().items():
        assert not set('()"[]') & set(words), f"{term}: quotes or brackets in a title"


def test_steps_are_those_of_the_ten():
    """Their notebook names each; a heading begins with a word of the step's aim."""
    table = cell_source("01-introduction", "ten-steps")
    steps = re.findall(r"(?m)^\| (\d+) \| (.+?) \| .* \| (\d) \|$", table)
    assert [step for step, _, _ in steps] == [str(n) for n in range(1, 11)]
    for step, aim, notebook in steps:
        (name,) = [n for n in read_notebooks() if n.startswith(f"0{notebook}-")]
        assert re.search(rf"(?i)\bsteps? (\d+ and )?{step}\b", prose(name)), step
        for name in read_notebooks():
            for verb in re.findall(rf"(?m)^#+ Step {step}: (\w+)", prose(name)):
                assert verb in aim.lower(), f"{name}, step {step}: {verb}"


def _text(path):
    """Return the text of a page, or of a notebook's prose."""
    return path.read_text("utf-8") if path.suffix == ".md" else prose(path.stem)


def _anchors(path):
    """Return what `#...` can lead to: headings, as JupyterLab or GitHub calls them."""
    if path == GLOSSARY or path.suffix == ".ipynb":
        headings = re.findall(r"(?m)^#+ (.+)$", _text(path))
        return {heading.strip().replace(" ", "-") for heading in headings}
    text = re.sub(r"[^\w\n #-]", "", _text(path))
    return {*re.findall(r"(?m)^#+-(.+)$", text.lower().replace(" ", "-"))}


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("[!.bm]*/*.md"), *notebooks()]
each_page = pytest.mark.parametrize(
    "path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}"
)


@each_page
def test_lists_and_headings_count(path):
    """From 1, or on from the one before: "## Step 5", then "## Step 6"."""
    counted = re.findall(r"(?m)^(\d+)\. |^#+ (?:Step|Change) (\d+):", _text(path))
    for numbers in zip(*counted, strict=True):
        numbers = [int(number) for number in numbers if number]
        for before, number in itertools.pairwise(numbers):
            assert number in (1, before + 1), f"after {before} comes {number}"


@each_page
def test_notebooks_and_labs_that_are_named_exist(path):
    """And a link with the number of one leads to that one."""
    named_here = r"(?i)\b[\[(]?(notebook|lab) (\d+)\b(?:\]\(([^)#]+))?"
    for kind, number, target in re.findall(named_here, _text(path)):
        found = find(number if kind.lower() == "notebook" else f"lab-{number}")
        assert not target or Path(target).stem == found.stem, f"{kind} {number}"


@each_page
def test_links_resolve(path):
    for target in re.findall(r'(?:\]\(|<img [^>]*src=")([^)"\s]+)', _text(path)):
        file, _, anchor = target.partition("#")
        if not re.match("https?://", target):
            place = path.parent / file if file else path
            assert place.exists(), target
            assert not anchor or anchor in _anchors(place), target


def test_notebook_6_takes_the_reference_if_a_file_is_missing(tmp_path, monkeypatch):
    """One of the four is not enough, and neither are three."""
    shutil.copytree(REFERENCE, tmp_path / "fit_outputs" / "reference")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    fit_outputs, names = Path("../fit_outputs"), {"Path": Path}
    for stem, suffix in (("model", "keras"), ("history", "csv")):
        for model in MODELS:
            exec(cell_source("06-evaluate-predict", "find-results"), names)
            assert names["fit_outputs"] == fit_outputs / "reference"
            name = f"{stem}_{model}.{suffix}"
            shutil.copy(fit_outputs / "reference" / name, fit_outputs)
