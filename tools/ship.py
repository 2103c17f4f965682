"""Execute all notebooks, then ship the run's models as the reference.

    python tools/ship.py

The models and histories of the run go to `fit_outputs/reference`, where the suite holds
the committed fit logs to them. A result that is as before is not touched. The series of
the labs are trained by `tools/train_labs.py`.
"""

import re
import shutil
import sys
import time
import zipfile
from pathlib import Path

from run import FIT_OUTPUTS, REFERENCE, run, seal

SHIPPED = [
    *("model_intro.keras", "history_intro.csv"),
    *("model_dropout.keras", "history_dropout.csv"),
]


def _contents(path):
    """Return a result for comparison, without the objects' ids of a model."""
    if path.suffix == ".csv":
        return path.read_bytes()
    with zipfile.ZipFile(path) as model:
        config = re.sub(rb'"shared_object_id": \d+', b"", model.read("config.json"))
        return config, model.read("model.weights.h5")


def set_aside(paths):
    """Move results of earlier runs away: none is shipped, and none is lost."""
    before = FIT_OUTPUTS / f"before-{time.strftime('%Y%m%d-%H%M%S')}"
    for path in filter(Path.exists, paths):
        shipped = REFERENCE / path.name
        if shipped.exists() and shipped.read_bytes() == path.read_bytes():
            path.unlink()
            continue
        before.mkdir(exist_ok=True)
        path.replace(before / path.name)
        print(f"{path.name} of an earlier run is in fit_outputs/{before.name} now")


def main():
    """Execute all notebooks and ship what they leave."""
    if (FIT_OUTPUTS / "history_capstone.csv").exists():
        sys.exit(
            "lab 3 would show the network that you have trained: move "
            "history_capstone.csv and model_capstone.keras out of fit_outputs"
        )
    set_aside([*map(FIT_OUTPUTS.joinpath, SHIPPED), *FIT_OUTPUTS.glob("lab_*.csv")])
    run()
    for name in SHIPPED:
        stays = REFERENCE / name
        same = stays.exists() and _contents(stays) == _contents(FIT_OUTPUTS / name)
        print(f"{name} is {'as before' if same else 'new'}")
        if not same:
            shutil.copy(FIT_OUTPUTS / name, stays)
    seal()


if __name__ == "__main__":
    main()
