"""What the notebooks leave in `fit_outputs` for those that come after them."""

import re
import shutil
from pathlib import Path

__all__ = ["catch_up"]


def __dir__():
    """Offer the public names to tab completion."""
    return __all__


FIT_OUTPUTS = Path(__file__).resolve().parents[2] / "fit_outputs"
LEFT = {
    "04-fit-cnn": ("model_intro.keras", "history_intro.csv"),
    "05-overfitting": ("model_dropout.keras", "history_dropout.csv"),
}
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


def catch_up(notebook, folder=None):
    """Lay out what the notebooks before one leave, as if you had run them.

    The files come from our run, and none of yours is ever changed: where you have a
    network or its history already, you get neither of the two.

    Parameters
    ----------
    notebook : int or str
        The one to begin: 5, "05", "05-overfitting" or "lab-1"; else a ValueError.
    folder : path, optional
        Where your results are kept, and ours in `reference`; else an OSError.

    Examples
    --------
    >>> catch_up("03")
    03-build-cnn needs no results of the notebooks before it.
    """
    name, folder, given, kept = find(notebook), Path(folder or FIT_OUTPUTS), [], []
    for before in NOTEBOOKS[: NOTEBOOKS.index(name)]:
        there = [file for file in LEFT.get(before, ()) if (folder / file).exists()]
        kept += there
        given += [] if there else LEFT.get(before, ())
    try:
        for file in given:
            part = folder / f"{file}.part"  # nobody may read the half of a file
            shutil.copyfile(folder / "reference" / file, part)
            part.replace(folder / file)
    except OSError as error:
        raise OSError(
            f"{error}. May you write into {folder}, and is {file} in its `reference`?"
        ) from None
    if not given + kept:
        print(f"{name} needs no results of the notebooks before it.")
    for words, files in (("now, from our run", given), ("already, and keep", kept)):
        if files:
            print(f"You have {words}: {', '.join(files)}.")
