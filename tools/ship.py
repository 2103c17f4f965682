"""Execute all notebooks, then ship the run's results as the reference.

    python tools/ship.py

The models, histories and series of the run go to `fit_outputs/reference`, where the
suite holds the committed fit logs to them. A result that is as before is not touched:
a series that differs in its times only stays, and its lab shows the times that stay.
"""

import re
import shutil
import sys
import zipfile

import pandas as pd
from format import ROOT
from run import run

FIT_OUTPUTS = ROOT / "fit_outputs"


def shipped():
    """Return the paths of a run's results that come with the lesson."""
    names = ["model_intro.keras", "history_intro.csv"]
    names += ["model_dropout.keras", "history_dropout.csv"]
    # Those of the labs: whatever series their run has left
    series = sorted(FIT_OUTPUTS.glob("lab_*.csv"))
    return [FIT_OUTPUTS / name for name in names] + series


def _contents(path):
    """Return a result for comparison, without times, and objects' ids of a model."""
    if path.suffix == ".csv":
        return pd.read_csv(path).drop(columns="seconds", errors="ignore").to_csv()
    with zipfile.ZipFile(path) as model:
        config = re.sub(rb'"shared_object_id": \d+', b"", model.read("config.json"))
        return config, model.read("model.weights.h5")


def main():
    """Execute all notebooks and ship what they leave."""
    if (FIT_OUTPUTS / "history_capstone.csv").exists():
        sys.exit(
            "lab 3 would show the network that you have trained: move "
            "history_capstone.csv and model_capstone.keras out of fit_outputs"
        )
    for path in shipped():  # nothing of an earlier run is shipped
        path.unlink(missing_ok=True)
    run()
    labs = set()
    for path in shipped():
        stays = FIT_OUTPUTS / "reference" / path.name
        if not stays.exists() or _contents(stays) != _contents(path):
            print(f"{path.name} is new")
            shutil.copyfile(path, stays)
            continue
        print(f"{path.name} is as before")
        if path.suffix == ".csv" and path.read_bytes() != stays.read_bytes():
            shutil.copyfile(stays, path)
            labs.add(path.name[:5].replace("_", "-"))
    if labs:  # trains nothing again: they read the series
        run(sorted(labs))


if __name__ == "__main__":
    main()
