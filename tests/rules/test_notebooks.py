"""What nbval cannot see in the committed notebooks.

nbval passes a cell that has no execution count, one that is tagged to be ignored, any
picture, and a training log of another run. Each test here refuses one of these, or
something that has no place in a saved notebook.
"""

import ast
import base64
import html
import re
import subprocess
import sys

import pandas as pd
import pytest
from lesson_files import (
    MODELS,
    NOTEBOOKS,
    REFERENCE,
    ROOT,
    code_cells,
    committed_output,
    read_notebooks,
)

from notebooks import canonical_text

IGNORE = "nbval-ignore-output"
RAISES = "raises-exception"
TAGS = {IGNORE, RAISES, "solution"}

LINES_OF_A_CELL = 25
LENGTH_OF_A_LINE = 79

# The only cells whose outputs nbval may ignore, and why. A cell whose output does not
# depend on the results of a training, such as a shape or a count, has no place here
TRAINED = "results of training differ between processors"
MEASURED = "made of the results of training"
DRAWN = "its text alternative states results of training"
ROUNDED = "close to the border between two rounded numbers"
IGNORED = {
    "01-introduction": {"fit": TRAINED, "predict": MEASURED, "measure": MEASURED},
    "03-build-cnn": {"predict-untrained": ROUNDED},
    "04-fit-cnn": {
        "untrained": ROUNDED,
        "fit-intro": TRAINED,
        "history-intro": MEASURED,
        "plot-intro": DRAWN,
        "gap-intro": MEASURED,
        "fit-underfit": TRAINED,
        "plot-underfit": DRAWN,
        "fit-dropout": TRAINED,
        "history-dropout": MEASURED,
        "plot-dropout": DRAWN,
        "evaluate-models": MEASURED,
        "evaluate-training": MEASURED,
        "choose": MEASURED,
        "predict-one": MEASURED,
        "plot-prediction": DRAWN,
    },
    "05-evaluate-predict": {
        "choose-model": MEASURED,
        "plot-predictions": DRAWN,
        "test-accuracy": MEASURED,
        "plot-confusion": DRAWN,
        "class-accuracy": MEASURED,
        "confused-pairs": MEASURED,
        "plot-confused": DRAWN,
        "confidence": MEASURED,
        "noise": MEASURED,
        "predict-photo": DRAWN,
        "model-card": MEASURED,
    },
    "06-learning-rate-and-batch-size": {
        "train-rates": TRAINED,
        "plot-rates": DRAWN,
        "rates-table": MEASURED,
        "find-rate": TRAINED,
        "plot-finder": DRAWN,
        "train-optimizers": TRAINED,
        "plot-optimizers": DRAWN,
        "train-batches": TRAINED,
        "plot-batches": DRAWN,
        "measure-noise": TRAINED,
        "train-schedules": TRAINED,
        "plot-schedules": DRAWN,
    },
    "07-regularisation": {
        "run-extremes": TRAINED,
        "plot-extremes": DRAWN,
        "run-methods": TRAINED,
        "plot-methods": DRAWN,
        "table": MEASURED,
        "weights-table": MEASURED,
        "train-fair": TRAINED,
        "plot-fair": DRAWN,
    },
    "08-beat-the-baseline": {
        "plot-capstone": DRAWN,
        "test-accuracy": MEASURED,
        "plot-mistakes": DRAWN,
    },
}

PICTURE = re.compile(r'src="data:image/png;base64,([A-Za-z0-9+/=]*)"')
DEBRIS = {
    "TensorFlow's log": r"(?m)^[IWEF]\d{4} |oneDNN|cpu_feature_guard|absl::",
    "a warning": r"\w*Warning\b",
    "a path of a machine": r"(?<![\w.])/(home|root|Users|tmp|work|usr)/|\b[A-Z]:\\",
    "a time of day": r"\b\d\d:\d\d:\d\d\b|\b20\d\d-\d\d-\d\d[T ]\d",
    "an object's address": r"\b0x[0-9a-f]{6}",
}
PLACEHOLDER = re.compile(
    r"(an? |the )?(image|figure|plot|picture)|no description.*", re.I
)

names = pytest.mark.parametrize("name", read_notebooks())


def _each_cell(cell_type):
    """Return the decorator that runs a test for each cell of a type."""
    return pytest.mark.parametrize(
        ("name", "cell"),
        [
            pytest.param(name, cell, id=f"{name}-{cell['id']}")
            for name, notebook in read_notebooks().items()
            for cell in notebook["cells"]
            if cell["cell_type"] == cell_type
        ],
    )


def _tags(cell):
    return set(cell["metadata"].get("tags", []))


# The file


def test_there_are_notebooks():
    assert len(read_notebooks()) >= 6


@names
def test_file_is_canonical(name):
    """It is what tools/notebooks.py writes: layout, metadata, nothing of an editor."""
    with open(NOTEBOOKS / f"{name}.ipynb", encoding="utf-8", newline="") as file:
        text = file.read().replace("\r\n", "\n")  # as Git has it on Windows
    assert text == canonical_text(read_notebooks()[name])


@names
def test_ran_once_from_top_to_bottom(name):
    counts = [cell["execution_count"] for cell in code_cells(name)]
    assert counts == list(range(1, len(counts) + 1))
    for cell in code_cells(name):
        for output in cell["outputs"]:
            assert (
                output.get("execution_count", cell["execution_count"])
                == (cell["execution_count"])
            )


@names
def test_cell_ids_are_readable(name):
    ids = [cell["id"] for cell in read_notebooks()[name]["cells"]]
    assert len(set(ids)) == len(ids)
    for each in ids:
        assert re.fullmatch(r"[a-z][a-z0-9-]+", each), each
        assert not re.fullmatch(r"[0-9a-f]{8}(-.*)?", each), f"a random id: {each}"


# Code


@names
def test_lesson_is_imported_first(name):
    """Before Keras, see notebooks/lesson/__init__.py."""
    if code_cells(name):
        assert code_cells(name)[0]["source"].startswith("import lesson ")


@_each_cell("code")
def test_code(name, cell):
    source = cell["source"]
    assert source.strip(), "an empty cell"
    assert len(source.splitlines()) <= LINES_OF_A_CELL
    assert [ln for ln in source.splitlines() if len(ln) > LENGTH_OF_A_LINE] == []
    assert "tf.keras" not in source
    assert "tensorflow" not in source
    assert "nbval" not in source.lower(), "nbval is steered by tags alone"
    for call in _calls(source, "fit"):
        assert _keyword(call, "verbose") in (0, 2), "a progress bar leaves debris"
        assert _keyword(call, "epochs"), "the number of epochs stands in the call"


def _calls(source, method):
    """Return the calls of `<anything>.method(...)` in the source of a cell."""
    plain = re.sub(r"(?m)^\s*[%!].*$", "", source)  # IPython's magic
    return [
        node
        for node in ast.walk(ast.parse(plain))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
    ]


def _keyword(call, name):
    """Return the value of a call's keyword argument if it is a constant, else None."""
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return keyword.value.value
    return None


@names
def test_only_listed_cells_are_ignored(name):
    ignored = {cell["id"] for cell in code_cells(name) if IGNORE in _tags(cell)}
    assert ignored == set(IGNORED.get(name, ()))


@_each_cell("code")
def test_tags(name, cell):
    """Only known ones, and the tag of an expected error goes with an error.

    nbval lets a cell with that tag raise nothing, unless there is an error among the
    outputs that it compares with: then the run has to raise the same one.
    """
    assert _tags(cell) <= TAGS
    errors = [o for o in cell["outputs"] if o["output_type"] == "error"]
    assert bool(errors) == (RAISES in _tags(cell))
    if errors:
        assert IGNORE not in _tags(cell)


@_each_cell("markdown")
def test_tags_of_markdown(name, cell):
    assert _tags(cell) <= {"solution"}


# Outputs


def _debris(output):
    """Return what is wrong with an output of a cell, as a list of words."""
    data = output.get("data", {})
    found = [f"a raw picture: {kind}" for kind in data if kind.startswith("image/")]
    found += [f"a widget: {kind}" for kind in data if "widget" in kind]
    if output.get("name") == "stderr":
        found.append("standard error")
    if output["output_type"] == "error":
        text = output["evalue"]
    else:
        text = output.get("text", "") + data.get("text/html", "")
    # Beside HTML, plain text is never shown; Keras' summaries have bold letters in it
    if "text/html" not in data:
        text += data.get("text/plain", "")
    if re.search(r"[\x00-\x08\x0b-\x1f]", text):
        found.append("a progress bar or a terminal's colours")
    text = PICTURE.sub("", text)
    return found + [words for words, look in DEBRIS.items() if re.search(look, text)]


@_each_cell("code")
def test_output_is_clean(name, cell):
    for output in cell["outputs"]:
        assert _debris(output) == []


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stderr", "text": "anything"},
        {"output_type": "stream", "name": "stdout", "text": "1/9\b\b\b2/9"},
        {"output_type": "stream", "name": "stdout", "text": "\x1b[1mbold\x1b[0m"},
        {"output_type": "stream", "name": "stdout", "text": "a UserWarning: careful"},
        {"output_type": "stream", "name": "stdout", "text": "kept in /home/me/x.npz"},
        {"output_type": "stream", "name": "stdout", "text": r"kept in C:\Users\me"},
        {"output_type": "stream", "name": "stdout", "text": "at 2026-01-31 12:00"},
        {"output_type": "stream", "name": "stdout", "text": "at 12:34:56"},
        {"output_type": "stream", "name": "stdout", "text": "I0000 00:00:1700 cpu.cc"},
        {"output_type": "display_data", "data": {"text/plain": "<A at 0x7f00aa11>"}},
        {"output_type": "display_data", "data": {"image/png": "iVBO"}},
        {
            "output_type": "display_data",
            "data": {"application/vnd.jupyter.widget-view+json": {}},
        },
    ],
)
def test_debris_is_refused(output):
    assert len(_debris(output)) == 1


# Figures


def _alternatives(cell):
    """Return the text alternatives of a cell's images, None for one without."""
    found = []
    pages = [output.get("data", {}).get("text/html", "") for output in _outputs(cell)]
    if cell["cell_type"] == "markdown":
        prose = re.sub(r"(?s)```.*?```|`[^`]*`", "", cell["source"])
        found += re.findall(r"!\[([^\]]*)\]", prose)
        pages = [prose]
    for page in pages:
        for tag in re.findall(r"(?s)<img\b[^>]*>", page):
            alt = re.search(r"""\balt=("[^"]*"|'[^']*')""", tag)
            found.append(html.unescape(alt[1][1:-1]) if alt else None)
    return found


def _outputs(cell):
    return cell.get("outputs", [])


def _says_something(alt):
    return alt is not None and len(alt) >= 20 and not PLACEHOLDER.fullmatch(alt)


def test_images_have_alternatives():
    count = 0
    for name, notebook in read_notebooks().items():
        for cell in notebook["cells"]:
            for alt in _alternatives(cell):
                assert _says_something(alt), f"{name}, cell {cell['id']}: {alt!r}"
                count += 1
    assert count >= 15  # else the search finds no images


@pytest.mark.parametrize(
    "source",
    [
        "![](curve.png)",
        "![Image](curve.png)",
        "![][curve]",
        "![a plot](attachment:curve.png)",
        '<img src="curve.png">',
        '<img alt="" src="curve.png">',
        "<img\nalt='No description has been provided for this image'>",
    ],
)
def test_empty_alternatives_are_refused(source):
    (alt,) = _alternatives({"cell_type": "markdown", "source": source})
    assert not _says_something(alt)


def test_figures_on_disk_are_those_of_the_notebooks():
    """Each file in fig/ is, byte for byte, the picture that a notebook shows."""
    shown = {}
    for name in read_notebooks():
        for cell in code_cells(name):
            for file in re.findall(r'save_as="([^"]+)"', cell["source"]):
                pages = [o.get("data", {}).get("text/html", "") for o in _outputs(cell)]
                (picture,) = PICTURE.findall("".join(pages))
                assert file not in shown
                shown[file] = base64.b64decode(picture)
    on_disk = {path.name: path.read_bytes() for path in (ROOT / "fig").iterdir()}
    assert set(on_disk) == set(shown)
    assert [file for file in shown if shown[file] != on_disk[file]] == []


# Links


def _anchors(name):
    """Return what `#...` can lead to in a notebook: its headings."""
    headings = [
        heading.strip()
        for cell in read_notebooks()[name]["cells"]
        if cell["cell_type"] == "markdown"
        for heading in re.findall(r"(?m)^#+ (.+)$", cell["source"])
    ]
    return {heading.replace(" ", "-") for heading in headings}


@_each_cell("markdown")
def test_links_resolve(name, cell):
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", cell["source"]):
        if re.match(r"https?://", target):
            continue
        if target.startswith("attachment:"):
            assert target.removeprefix("attachment:") in cell.get("attachments", {})
            continue
        file, _, anchor = target.partition("#")
        path = NOTEBOOKS / (file or f"{name}.ipynb")
        assert path.exists(), target
        if anchor and path.suffix == ".ipynb":
            assert anchor in _anchors(path.stem), target


# Training: the committed numbers are those of the run that is shipped


def _epochs(log):
    """Return the lines of a fit's log as dicts, a dict for each epoch."""
    lines = re.findall(r"(?m)^\d+/\d+ - \d+s - .*$", log)
    return [
        {key: float(value) for key, value in re.findall(r"(\w+): ([\d.e+-]+)", line)}
        for line in lines
    ]


# A fit in a function is run, and prints, where the function is called
FITS = [
    pytest.param(name, cell["id"], call, id=f"{name}-{cell['id']}")
    for name in read_notebooks()
    for cell in code_cells(name)
    if "\ndef " not in "\n" + cell["source"]
    for call in _calls(cell["source"], "fit")
    if _keyword(call, "verbose") == 2
]


@pytest.mark.parametrize(("name", "cell", "call"), FITS)
def test_fit_log_is_complete(name, cell, call):
    log = committed_output(name, cell)
    epochs = _keyword(call, "epochs")
    started = re.findall(r"(?m)^Epoch (\d+)/(\d+)$", log)
    assert started == [(str(n), str(epochs)) for n in range(1, epochs + 1)]
    assert len(_epochs(log)) == epochs


@pytest.mark.parametrize("model", MODELS)
def test_fit_log_is_that_of_the_reference(model):
    log = _epochs(committed_output("04-fit-cnn", f"fit-{model}"))
    history = pd.read_csv(REFERENCE / f"history_{model}.csv").to_dict("records")
    assert len(log) == len(history) == 10
    for logged, row in zip(log, history, strict=True):
        assert logged == pytest.approx(row, abs=0.5001e-4)


@pytest.mark.parametrize("model", MODELS)
def test_history_table_is_that_of_the_reference(model):
    table = committed_output("04-fit-cnn", f"history-{model}")
    numbers = [float(number) for number in re.findall(r"\d\.\d+", table)]
    history = pd.read_csv(REFERENCE / f"history_{model}.csv")
    assert numbers == pytest.approx(history.to_numpy().ravel(), abs=0.501e-3)


# Tools


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--no-cache", "."],
        ["ruff", "format", "--check", "--no-cache", "."],
        ["codespell_lib", "."],
    ],
    ids=["ruff-check", "ruff-format", "codespell"],
)
def test_tool_finds_nothing(command):
    run = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
