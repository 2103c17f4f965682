"""What nbval cannot see in the committed notebooks.

nbval passes a cell that has no execution count, one that is tagged to be ignored, any
picture, and a training log of another run. Each test here refuses one of these, or
something that has no place in a saved notebook.
"""

import html
import re
import shutil

import pandas as pd
import pytest
from compare import NUMBER
from format import NOTEBOOKS, ROOT, format_notebook, short
from lesson_files import (
    FITTED,
    MODELS,
    OTHERWISE,
    PICTURE,
    REFERENCE,
    TRAINING,
    all_cells,
    as_html,
    as_text,
    cells_that_use,
    code_cells,
    committed_output,
    pictures,
    read_notebooks,
    run_python,
)
from PIL import Image

README = (ROOT / "README.md").read_text(encoding="utf-8")
IGNORE = "nbval-ignore-output"
RAISES = "raises-exception"

LINES_OF_A_CELL = 25
LENGTH_OF_A_LINE = 79

DEBRIS = {
    "TensorFlow's log": r"(?m)^[IWEF]\d{4} |oneDNN|cpu_feature_guard|absl::",
    "a warning": r"\w*Warning\b",
    "a path of a machine": r"(?<![\w.])/(home|root|Users|tmp|work|usr)/|\b[A-Z]:\\",
    "a time of day": r"\b\d\d:\d\d:\d\d\b|\b20\d\d-\d\d-\d\d[T ]\d",
    "an object's address": r"\b0x[0-9a-f]{6}",
}

names = pytest.mark.parametrize("name", read_notebooks())


def _tags(cell):
    return set(cell["metadata"].get("tags", []))


@names
def test_file_is_canonical(name, tmp_path):
    """Layout, metadata, ids, definitions, navigation as `make format` writes them."""
    shutil.copy(NOTEBOOKS / f"{name}.ipynb", tmp_path)
    assert format_notebook(tmp_path / f"{name}.ipynb") == [], "run make format"


@names
def test_ran_once_from_top_to_bottom(name):
    """Each cell, in order; else nbval would compare it with nothing."""
    for number, cell in enumerate(code_cells(name), start=1):
        counts = [each.get("execution_count", number) for each in cell["outputs"]]
        again = f"cell {cell['id']}, not run in order: make run NB={short(name)}"
        assert {cell["execution_count"], *counts} == {number}, again


@names
def test_code(name):
    """Short cells of short lines, and plain Keras; for fits, see `test_settings`."""
    assert code_cells(name)[0]["source"].startswith("import lesson ")  # before Keras
    for cell in read_notebooks()[name]["cells"]:
        if cell["cell_type"] == "code":
            where, lines = f"cell {cell['id']}", cell["source"].splitlines()
            assert cell["source"].strip(), f"{where} is empty"
            assert len(lines) <= LINES_OF_A_CELL, where
            assert max(map(len, lines)) <= LENGTH_OF_A_LINE, where
            backend = re.search(r"tensorflow|tf\.keras", cell["source"])
            assert not backend, f"{where} names {backend[0]}: import keras"
            steers = "nbval" in cell["source"].lower()
            assert not steers, f"{where} steers nbval: only tags do"


@names
def test_ignored_cells_depend_on_a_training(name):
    """Shapes, counts and all else that is the same everywhere has to be compared.

    A cell whose code does not parse fails here, too.
    """
    trained = cells_that_use(TRAINING, name)
    for cell in code_cells(name):
        where, reason = f"cell {cell['id']}", cell["metadata"].get("varies")
        together = (IGNORE in _tags(cell)) == bool(reason)
        assert together, f"{where}: the tag {IGNORE} and the reason `varies`"
        used = not reason or cell["id"] in trained
        assert used, f"{where} uses no result of a training"


@names
def test_tags(name):
    """Only known ones, and the tag of an expected error goes with an error.

    nbval lets a cell with that tag raise nothing, unless there is an error among the
    outputs that it compares with: then the run has to raise the same one.
    """
    for cell in read_notebooks()[name]["cells"]:
        known = {IGNORE, RAISES} if cell["cell_type"] == "code" else set()
        assert _tags(cell) <= known | {"solution"}, cell["id"]
        kinds = [each["output_type"] for each in cell.get("outputs", [])]
        assert ("error" in kinds) == (RAISES in _tags(cell)), cell["id"]
        assert not {IGNORE, RAISES} <= _tags(cell), cell["id"]


def _debris(output):
    """Return what is wrong with an output of a cell, as a list of words."""
    data = output.get("data", {})
    found = [f"a raw picture: {kind}" for kind in data if kind.startswith("image/")]
    found += [f"a widget: {kind}" for kind in data if "widget" in kind]
    if output.get("name") == "stderr":
        found.append("standard error")
    # Beside HTML, plain text is never shown; Keras' summaries have bold letters in it
    text = data.get("text/html", data.get("text/plain", ""))
    text += output.get("text", "") + output.get("evalue", "")
    if re.search(r"[\x00-\x08\x0b-\x1f]", text):
        found.append("a progress bar or a terminal's colours")
    text = PICTURE.sub("", text)
    return found + [words for words, look in DEBRIS.items() if re.search(look, text)]


@names
def test_outputs_are_clean(name):
    for cell in code_cells(name):
        assert sum(map(_debris, cell["outputs"]), []) == [], f"cell {cell['id']}"


@names
def test_tables_show_what_their_texts_say(name):
    for cell in code_cells(name):
        log = re.findall(r"(?:accuracy|loss): (\d\.\d{4})", as_text(cell["outputs"]))
        shown = re.findall(r"\b\d\.\d{3}\b", as_html(cell["outputs"]))
        for number in shown if log else ():
            near = min(abs(float(number) - float(each)) for each in log)
            assert near < 0.00051, f"cell {cell['id']}: {number} is not in the log"
        for output in cell["outputs"]:
            data = output.get("data", {})
            if 'class="dataframe"' in (page := data.get("text/html", "")):
                page = re.sub(r"(?s)<style.*?</style>|<[^>]*>", " ", page)
                numbers = [
                    sorted(NUMBER.findall(x)) for x in (page, data["text/plain"])
                ]
                assert numbers[0] == numbers[1], f"cell {cell['id']}"


def _alternatives(cell):
    """Yield the text alternatives of a cell's images, an empty one where it lacks."""
    page = as_html(cell.get("outputs", []))
    if cell["cell_type"] == "markdown":
        page = re.sub(r"(?s)```.*?```|`[^`]*`", "", cell["source"])
    for image in re.findall(r"<img\b[^>]*>|!\[[^\]]*\]", page):
        alt = re.search(r'(?<=\balt=")[^"]*|(?<=!\[)[^\]]*', image)
        yield html.unescape(alt[0]) if alt else ""


def test_solutions_are_folded():
    """Nobody reads the answer before the question: but Run All runs it."""
    for name, cell in all_cells():
        if re.match("#+ (Solution|Look closer)", cell["source"]):
            folded = cell["metadata"].get("jp-MarkdownHeadingCollapsed")
            assert folded, f"{name}, cell {cell['id']} is open"


def test_images_have_alternatives():
    count = 0
    for name, cell in all_cells():
        for alt in _alternatives(cell):
            says_something = len(alt) >= 20 and not alt.startswith("No description")
            assert says_something, f"{name}, cell {cell['id']}: {alt!r}"
            count += 1
    assert count >= 15  # else the search finds no images


@pytest.mark.parametrize("name", [x for x in read_notebooks() if x[0].isdigit()])
def test_first_screen_has_a_picture(name):
    """Above the questions, and low enough to leave room for them."""
    head = read_notebooks()[name].cells[0].source.partition("**Questions**")[0]
    (found,) = re.findall(r'<img [^>]*width="(\d+)" src="\.\./([^"]+)"', head)
    width, height = Image.open(ROOT / found[1]).size
    assert int(found[0]) * height / width <= 205


def test_figures_on_disk_are_those_of_the_notebooks():
    """Each file in fig/ is, byte for byte, the picture that a notebook shows."""
    shown = {}
    for name, cell in [each for each in all_cells() if "outputs" in each[1]]:
        for file in re.findall(r'save_as="([^"]+)"', cell["source"]):
            found = pictures(cell["outputs"])
            assert len(found) == 1, f"{name}, cell {cell['id']} shows no figure"
            assert file not in shown, f"{file} is saved twice"
            (shown[file],) = found
    on_disk = {path.name: path.read_bytes() for path in ROOT.glob("fig/*.png")}
    assert set(on_disk) == set(shown)
    assert [file for file in shown if shown[file] != on_disk[file]] == []


@pytest.mark.parametrize("model", MODELS)
def test_log_history_and_readme_are_those_of_the_reference(model):
    history = pd.read_csv(REFERENCE / f"history_{model}.csv")
    log = committed_output(FITTED[model], f"fit-{model}")
    lines = re.findall(r"(?m)^\d+/\d+ - \d+s - .*$", log)
    epochs = [dict(re.findall(r"(\w+): ([\d.e+-]+)", line)) for line in lines]
    assert len(epochs) == len(history) == 10
    for epoch, row in zip(epochs, history.to_dict("records"), strict=True):
        logged = {name: float(value) for name, value in epoch.items()}
        assert logged == pytest.approx(row, abs=0.5001e-4)
    table = committed_output(FITTED[model], f"history-{model}")
    numbers = [float(number) for number in re.findall(r"\d\.\d+", table)]
    assert numbers == pytest.approx(history.to_numpy().ravel(), abs=0.501e-3)
    seconds = sum(map(int, re.findall(r" - (\d+)s - ", log)))
    said = re.findall(r"(?m)^\| time to train, two cores \| (.+) \| (.+) \|$", README)
    assert said[0][MODELS.index(model)] == f"{seconds} seconds"


def test_alt_text_of_the_readme_has_the_numbers_of_the_figure():
    history = pd.read_csv(REFERENCE / "history_dropout.csv").iloc[[0, -1]]
    history = history[["loss", "val_loss", "accuracy", "val_accuracy"]]
    numbers = [f"{value:.2f}" for value in history.to_numpy().T.flat]
    (words,) = re.findall(r"!\[(Two panels.+)\]", README)
    assert re.findall(r"\d\.\d\d", words) == numbers


@pytest.mark.parametrize(
    "command",
    ["ruff check --no-cache .", "ruff format --check --no-cache .", "codespell_lib ."],
)
def test_tool_finds_nothing(command):
    run = run_python("-m", *command.split(), cwd=ROOT, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr


def test_outputs_of_other_backends_have_their_cells():
    for name, cells in [each for one in OTHERWISE.values() for each in one.items()]:
        assert cells.keys() <= {cell["id"] for cell in code_cells(name)}, name
