"""What the notebooks leave in `fit_outputs` for those that come after them."""

import json
import re
import shutil
from pathlib import Path

__all__ = ["catch_up"]
__dir__ = __all__.copy  # for tab completion

FIT_OUTPUTS = Path(__file__).resolve().parents[2] / "fit_outputs"
LEFT = {
    "04-fit-cnn": ("model_intro.keras", "history_intro.csv"),
    "05-overfitting": ("model_dropout.keras", "history_dropout.csv"),
}
ORIGINALS = Path(__file__).resolve().parents[1]
OUTLINE = "# Type here:"  # begins a cell of the live-coding edition
# Those with exercises, of which each has a module of its name
MODULES = Path(__file__).parent.glob("check/[0l]*_*.py")
NOTEBOOKS = sorted(module.stem.replace("_", "-") for module in MODULES)


def find(name):
    """Return the notebook called 5, "05" or "05-overfitting"; see `catch_up`."""
    wanted = str(name).removesuffix(".ipynb").lstrip("0")
    for each in NOTEBOOKS:
        if wanted in (each.lstrip("0"), re.match(r"0?((lab-)?\d+)", each)[1]):
            return each
    raise ValueError(f"No notebook is called {name!r}: choose {', '.join(NOTEBOOKS)}.")


def catch_up(notebook, section=None, folder=None):
    """Lay out what the notebooks before one leave, as if you had run them.

    The files come from our run, and none of yours is ever changed: where you have a
    network or its history already, you get neither of the two.

    With a section, the cells above it are run, too, in this kernel. Networks that are
    saved, by you or by us, are loaded in the place of being trained.

    The `notebook` is the one to begin: 5, "05", "05-overfitting" or "lab-1"; the
    `section` is the heading to go on from, or words that are in no other. Anything else
    raises ValueError. The `folder` is where your results are kept, and ours in
    `reference`; if they are not, or yours cannot be written, that raises OSError.

    Examples
    --------
    >>> catch_up("03")
    03-build-cnn needs no results of the notebooks before it.
    """
    name, folder, given, kept = find(notebook), Path(folder or FIT_OUTPUTS), [], []
    own = [path.name for path in folder.glob("*.*")]
    above = section and _above(name, section, own)
    for before in NOTEBOOKS[: NOTEBOOKS.index(name)]:
        there = [file for file in LEFT.get(before, ()) if file in own]
        kept += there
        given += [] if there else LEFT.get(before, ())
    try:
        for file in given:
            part = folder / f"{file}.part"  # nobody may read the half of a file
            shutil.copyfile(folder / "reference" / file, part)
            part.replace(folder / file)
    except OSError as error:
        raise OSError(
            f"{error}. Can you write into {folder}, and is {file} in its `reference`?"
        ) from None
    if not given + kept:
        print(f"{name} needs no results of the notebooks before it.")
    if given:
        print(f"From our run, you now have: {', '.join(given)}.")
    if kept:
        print(f"You already had, and will keep: {', '.join(kept)}.")
    if above:
        _run(*above)


def _cells(notebook):
    """Return the cells of a notebook as it comes with the lesson: (id, kind, text)."""
    text = (ORIGINALS / f"{notebook}.ipynb").read_text("utf-8")
    cells = json.loads(text)["cells"]
    return [(x["id"], x["cell_type"], "".join(x["source"])) for x in cells]


def spared(notebook, own=()):
    """Return the code of a notebook's cells by their ids, without the long training.

    The code of the boxes "Short of time?" stands in their place: it loads our results,
    or those of your `own`, a collection of file names.
    """
    code = {name: text for name, kind, text in _cells(notebook) if kind == "code"}
    for name, _, text in _cells(notebook):
        if not name.startswith("short-of-time"):
            continue
        (instead,) = re.findall(r"(?s)```python\n(.*?)```", text)
        model = name.removeprefix("short-of-time").strip("-")
        if not model:  # of a lab, which keeps what it has trained
            code["rerun"] += "\n" + instead
            continue
        if {f"model_{model}.keras", f"history_{model}.csv"} <= {*own}:
            instead = instead.replace('fit_outputs / "reference"', "fit_outputs")
        code[f"fit-{model}"] = instead
        code[f"history-{model}"] = ""
    return code


def _above(notebook, section, own):
    """Return the heading of a section, and the code above it, by ids of cells."""
    cells, found = _cells(notebook), []
    for place, (_, kind, text) in enumerate(cells):
        titles = re.findall(r"(?m)^#+ (.+)", text) if kind == "markdown" else []
        found += [(title, place) for title in titles if section in title]
    if len(found) > 1:  # "Fit" is also in "Fit again"
        found = [each for each in found if each[0] == section]
    if len(found) != 1:
        raise ValueError(
            f"{section!r} is the heading of no section in {notebook}, or of several. "
            "Copy a heading from the contents on the left."
        )
    ((title, count),) = found
    if any(text.startswith(OUTLINE) for *_, text in cells):
        raise ValueError(
            f"In this edition, {notebook} holds outlines to type from, and no code to "
            "run. Copy the cells from the solution edition, or leave the section out."
        )
    code = spared(notebook, own)
    return title, {x: code[x] for x, *_ in cells[:count] if code.get(x)}


def _run(title, code):
    """Run cells in this kernel, all but explorers, without what they show."""
    from IPython import get_ipython
    from IPython.utils.capture import capture_output

    ran = [name for name in code if not name.startswith("explore-")]
    print(f"The {len(ran)} cells above “{title}” are running.")
    for name in ran:
        with capture_output() as shown:
            outcome = get_ipython().run_cell(code[name])
        if not outcome.success:
            shown.show()
            raise RuntimeError(f"The cell {name} above that section has failed.")
    print("They have run. Go on there.")
