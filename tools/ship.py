"""Execute all notebooks, then ship the run's results as the reference.

    python tools/ship.py

The models, histories and series of the run go to `fit_outputs/reference`, where the
suite holds the committed fit logs to them. A result that is as before is not touched.
"""

import re
import shutil
import sys
import zipfile

from format import ROOT
from run import run

FIT_OUTPUTS = ROOT / "fit_outputs"
SHIPPED = [
    f"{stem}_{model}.{suffix}"
    for model in ("intro", "dropout")
    for stem, suffix in (("model", "keras"), ("history", "csv"))
]
SERIES = "[0-9][0-9]_*.csv"  # of the labs: whatever their run has left


def shipped():
    """Return the paths of a run's results that come with the lesson."""
    named = [FIT_OUTPUTS / name for name in SHIPPED]
    return named + sorted(FIT_OUTPUTS.glob(SERIES))


def ship(new, old):
    """Copy a result over that of an earlier run, unless it is the same result."""
    if old.exists() and _contents(old) == _contents(new):
        print(f"{old.name} is as before")
    else:
        shutil.copyfile(new, old)
        print(f"{old.name} is new")


def _contents(path):
    """Return a result for comparison, a model without its date and its objects' ids."""
    if path.suffix != ".keras":
        return path.read_bytes()
    with zipfile.ZipFile(path) as model:
        config = model.read("config.json").decode()
        config = re.sub(r'"shared_object_id": \d+', "", config)
        return config, model.read("model.weights.h5")


def main():
    """Execute all notebooks and ship what they leave."""
    if (FIT_OUTPUTS / "history_capstone.csv").exists():
        sys.exit(
            "notebook 08 would show the network that you have trained: move "
            "history_capstone.csv and model_capstone.keras out of fit_outputs"
        )
    for path in shipped():  # nothing of an earlier run is shipped
        path.unlink(missing_ok=True)
    run()
    for path in shipped():
        ship(path, FIT_OUTPUTS / "reference" / path.name)


if __name__ == "__main__":
    main()
