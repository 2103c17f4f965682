"""What nbval cannot see in the committed notebooks: its holes are closed here.

nbval passes a cell without output count, an ignored cell, a picture of anything and
a log of another run. Each test below refuses one of these, for all notebooks.
"""

import html
import json
import re
import subprocess
import sys

import pandas as pd
import pytest
from lesson_files import NOTEBOOKS, REFERENCE, ROOT, committed_output, read_notebooks

from notebooks import canonical

IGNORE = "nbval-ignore-output"

# The only cells whose outputs nbval may ignore, since they depend on a training
IGNORED = {
    "01-introduction": {"fit", "predict", "measure"},
    "03-build-cnn": {"predict-untrained"},
    "04-fit-cnn": {
        "untrained",
        "fit-intro",
        "history-intro",
        "plot-intro",
        "gap-intro",
        "fit-underfit",
        "plot-underfit",
        "fit-dropout",
        "history-dropout",
        "plot-dropout",
        "evaluate-models",
        "evaluate-training",
        "choose",
        "predict-one",
        "plot-prediction",
    },
    "05-evaluate-predict": {
        "choose-model",
        "plot-predictions",
        "test-accuracy",
        "plot-confusion",
        "class-accuracy",
        "confused-pairs",
        "plot-confused",
        "confidence",
        "noise",
        "predict-photo",
        "model-card",
    },
}
TAGS = {IGNORE, "solution"}
DEBRIS = {
    "stderr": re.compile(r'"name": "stderr"'),
    "an escape code in a stream": re.compile(r'"text": .*\\u001b|\\b\\b'),
    "TensorFlow's log": re.compile(r"[IWE]0000 00:00|oneDNN|cpu_feature_guard"),
    "a warning": re.compile(r"\w+Warning\b"),
    "an absolute path": re.compile(r"(/home/|/root/|/Users/|/tmp/|[A-Z]:\\\\)\w"),
    "a time of day": re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d"),
    "a widget's state": re.compile("application/vnd.jupyter.widget"),
    "an object's address": re.compile(r" at 0x[0-9a-f]{6}"),
}
PLACEHOLDER = re.compile(r"image|figure|plot|no description.*", re.IGNORECASE)


def _code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _all_cells(cell_type):
    """Return (name, cell) of all cells of a type, as test parameters."""
    return [
        pytest.param(name, cell, id=f"{name}-{cell['id']}")
        for name, notebook in read_notebooks().items()
        for cell in notebook["cells"]
        if cell["cell_type"] == cell_type
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_canonical(path):
    """The file is what tools/notebooks.py writes: metadata, layout, no debris."""
    text = path.read_text(encoding="utf-8")
    assert text == canonical(json.loads(text))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_ran_once_from_top_to_bottom(path):
    cells = _code_cells(read_notebooks()[path.stem])
    counts = [cell["execution_count"] for cell in cells]
    assert counts == list(range(1, len(cells) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cell_ids_are_readable(path):
    ids = [cell["id"] for cell in read_notebooks()[path.stem]["cells"]]
    assert len(set(ids)) == len(ids)
    for each in ids:
        assert re.fullmatch(r"[a-z]+[a-z0-9-]*", each), each
        assert not re.fullmatch(r"[0-9a-f]{8}(-.*)?", each), f"random id {each}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_only_listed_cells_are_ignored(path):
    cells = _code_cells(read_notebooks()[path.stem])
    ignored = {c["id"] for c in cells if IGNORE in c["metadata"].get("tags", [])}
    assert ignored == IGNORED.get(path.stem, set())


@pytest.mark.parametrize(("name", "cell"), _all_cells("code"))
def test_code_cell(name, cell):
    source = cell["source"]
    assert set(cell["metadata"].get("tags", [])) <= TAGS
    assert "nbval" not in source.lower(), "nbval is steered by tags alone"
    assert source.strip(), "an empty cell"
    # Only a whole network, a whole figure and a fit's arguments may be longer
    assert len(source.splitlines()) <= 26
    for line in source.splitlines():
        assert len(line) <= 79, line
    assert "tf.keras" not in source
    if ".fit(" in source:
        assert "verbose=2" in source or "verbose=0" in source


@pytest.mark.parametrize(("name", "cell"), _all_cells("code"))
def test_output_is_clean(name, cell):
    for output in cell["outputs"]:
        stored = json.dumps(output)
        assert output["output_type"] != "error"
        for what, pattern in DEBRIS.items():
            stored_text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", stored)
            assert not pattern.search(stored_text), f"{what} in the output"
        assert "image/png" not in output.get("data", {}), "use lesson.plot.show"


def _images(cell):
    """Yield the text alternative of every image of a cell, None if it has none."""
    if cell["cell_type"] == "markdown":
        yield from re.findall(r"!\[([^\]]*)\]\(", cell["source"])
        pages = [cell["source"]]
    else:
        pages = [
            output.get("data", {}).get("text/html", "") for output in cell["outputs"]
        ]
    for page in pages:
        for tag in re.findall(r"<img[^>]*>", "".join(page)):
            alt = re.search(r'alt="([^"]*)"', tag)
            yield html.unescape(alt.group(1)) if alt else None


def _says_something(alt):
    return alt is not None and len(alt) >= 20 and not PLACEHOLDER.fullmatch(alt)


def test_images_have_alternatives():
    count = 0
    for name, notebook in read_notebooks().items():
        for cell in notebook["cells"]:
            for alt in _images(cell):
                assert _says_something(alt), f"{name}, cell {cell['id']}: {alt!r}"
                count += 1
    assert count >= 15  # or the search for images is broken


@pytest.mark.parametrize(
    "alt",
    [None, "", "Image", "No description has been provided for this image", "a plot"],
)
def test_empty_alternatives_are_refused(alt):
    assert not _says_something(alt)


@pytest.mark.parametrize(("name", "cell"), _all_cells("markdown"))
def test_links_resolve(name, cell):
    for target in re.findall(r"\]\(([^)]+)\)", cell["source"]):
        if not re.match(r"https?://|#", target):
            file = ROOT / "notebooks" / target.split("#")[0]
            assert file.exists(), target


@pytest.mark.parametrize("model", ["intro", "dropout"])
def test_fit_log_is_the_reference_run(model):
    """The committed log holds the very numbers of the shipped history."""
    log = committed_output("04-fit-cnn", f"fit-{model}")
    history = pd.read_csv(REFERENCE / f"history_{model}.csv")
    lines = re.findall(r"^1250/1250 - .*$", log, re.MULTILINE)
    assert len(lines) == len(history) == 10
    for line, (_, row) in zip(lines, history.iterrows(), strict=True):
        logged = dict(re.findall(r"(\w+): ([\d.]+)", line))
        assert {k: float(v) for k, v in logged.items()} == row.round(4).to_dict()


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--no-cache", "."],
        ["ruff", "format", "--check", "--no-cache", "."],
        ["codespell_lib", "."],
    ],
    ids=["ruff-check", "ruff-format", "codespell"],
)
def test_tool_is_content(command):
    run = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
