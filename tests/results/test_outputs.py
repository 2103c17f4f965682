"""What the notebooks put out and draw, against what is committed: no output is free.

nbval compares the cells whose outputs are the same everywhere. Here the others are
compared: with a run of the suite, within the spread of training runs; and with a
replay, which takes the shipped results in the place of training, digit for digit. Of
figures, which nbval cannot see, the texts in `fig/NAME.txt` are compared, of all cells,
and the pictures, of those that a replay draws.
"""

import io
import sys

import figures
import keras
import numpy as np
import pandas as pd
import pytest
from compare import differences, outline
from format import short
from lesson_files import (
    BACKEND,
    PICTURE,
    as_html,
    as_text,
    code_cells,
    last_run,
    pictures,
    read_notebooks,
    run_problem,
)
from PIL import Image
from replay import elsewhere, interrupt, live_cells, replay

# Text, and HTML without the bytes of pictures
KINDS = (as_text, lambda outputs: PICTURE.sub("", as_html(outputs)))
MEANT = "If the change is meant"
# By so many of 256 levels, means of 8 × 8 pixels may differ: the colours of a picture,
# of which there are 256, are chosen anew each time. A missing word or dot makes 50
ALIKE = 40
# Other backends draw other numbers by chance: another network, another augmentation
ELSEWHERE = BACKEND != "tensorflow"
# Binder gives 2 GB, or 2e9 bytes, to Jupyter's server and the kernel together
MEMORY_LIMIT = 1.7e9


def _report(name, found, why):
    """Fail with the cells whose outputs differ, and with what to do."""
    if found:
        lines = [f"{name}, cell {cell}: {words}" for cell, words in found[:5]]
        advice = f"{why}: make run NB={short(name)}"
        pytest.fail("\n".join([*lines, advice]), pytrace=False)


each_notebook = pytest.mark.parametrize("ran", read_notebooks())


def _picture_differences(committed, now):
    """Return in words how pictures differ, beyond what processors round differently."""
    for pair in zip(committed, now, strict=False):  # their number is compared as text
        one, other = (Image.open(io.BytesIO(x)).convert("RGB") for x in pair)
        if one.size != other.size:
            yield f"a picture of {one.size} pixels became one of {other.size}"
            continue
        off = np.abs(np.subtract(one.reduce(8), other.reduce(8), dtype=int)).max()
        if off > ALIKE:
            yield f"a picture looks different, somewhere by {off} of 256 levels"


@each_notebook
def test_notebook_was_run_as_it_is_now(ran):
    """Else the tests of its results are skipped, which nobody should overlook."""
    assert run_problem(ran) is None


@each_notebook
def test_memory_is_bounded(ran):
    peak = last_run(ran)["peak_memory"]
    assert peak is not None, "the kernel died"
    assert peak > 200e6, "too little to be true, with Keras loaded"
    # Elsewhere, memory is counted in other ways; and Binder has TensorFlow
    counts = sys.platform == "linux" and not ELSEWHERE
    assert peak <= MEMORY_LIMIT or not counts


@each_notebook
def test_committed_outputs_could_be_those_of_this_run(ran):
    run, found = last_run(ran)["cells"], []
    for cell in [each for each in code_cells(ran) if "varies" in each["metadata"]]:
        texts = as_text(cell["outputs"]), run[cell["id"]]["output"]
        found += [(cell["id"], words) for words in differences(*texts, trained=True)]
    _report(ran, found, MEANT)


@each_notebook
def test_figures_draw_what_is_committed(ran):
    """Their outlines: of what no training changes, a replay compares the numbers."""
    run = last_run(ran)["cells"]
    committed = figures.read(ran)
    drawn = {cell: run[cell]["figures"] for cell in run if run[cell]["figures"]}
    assert list(drawn) == list(committed), (
        f"make run NB={short(ran)} writes fig/{ran}.txt"
    )
    found = []
    for cell in drawn:
        texts = map(outline, (committed[cell], drawn[cell]))
        found += [(cell, words) for words in differences(*texts)]
    _report(ran, found, MEANT)


@each_notebook
def test_replay_brings_what_is_committed(ran):
    """Every digit that no training of the run's own brings; each cell runs twice."""
    live = live_cells(ran)
    replayed, drawn = replay(ran)
    now = {cell.id: cell.outputs for cell in replayed.cells if "outputs" in cell}
    committed, found = figures.read(ran), []
    for cell in code_cells(ran):
        if (id_ := cell["id"]) not in live:
            pairs = [(kind(cell["outputs"]), kind(now[id_])) for kind in KINDS]
            both = committed.get(id_, ""), drawn.get(id_, "")
            pairs.append(map(outline, both) if ELSEWHERE else both)
            for pair in pairs:
                found += [(id_, x) for x in differences(*pair, trained=ELSEWHERE)]
            if not ELSEWHERE:  # else the pictures are of other numbers
                both = pictures(cell["outputs"]), pictures(now[id_])
                found += [(id_, x) for x in _picture_differences(*both)]
    _report(ran, found, "These follow from fit_outputs/reference")


WITH_FITS = ["01-introduction", "04-fit-cnn", "05-overfitting", "07-your-own-photos"]


@pytest.mark.parametrize("ran", WITH_FITS)
def test_notebook_goes_on_after_interrupted_fits(ran):
    """And with another number of epochs; live curves say where it has stopped."""
    fits = [cell for cell in interrupt(ran).cells if "raise_signal" in cell.source]
    assert fits != []
    for cell in fits:
        live = "LiveCurves" in cell.source
        said = "Stopped after epoch 2 of 4, as you asked" if live else "KeyboardInt"
        assert said in as_text(cell.outputs), cell.id


@pytest.mark.of_notebooks("07-your-own-photos")
def test_photos_of_ones_own_need_no_change_but_their_path(tmp_path):
    """Two classes, anywhere: looked at, split, trained, evaluated, saved, used."""
    rng = np.random.default_rng(1)
    for name, colour in {"cup": (200, 40, 40), "spoon": (40, 40, 200)}.items():
        (tmp_path / "my photos" / name).mkdir(parents=True)
        for number in range(15):
            pixels = rng.integers(0, 256, (48, 64, 3)) // 2 + np.array(colour) // 2
            path = tmp_path / "my photos" / name / f"{name} {number}.jpg"
            Image.fromarray(pixels.astype("uint8")).save(path)
    before = sorted(tmp_path.rglob("*"))
    written = elsewhere(tmp_path / "my photos")
    model = keras.models.load_model(written / "model_photos.keras")
    assert model.output_shape == (None, 2)
    card = (written / "model_photos_card.txt").read_text(encoding="utf-8")
    assert "cup, spoon" in card
    answers = pd.read_csv(written / "photos_answers.csv")
    assert len(answers) == 6 and set(answers["class"]) <= {"cup", "spoon"}
    assert sorted(tmp_path.rglob("*")) == before, "the folder is only read"
