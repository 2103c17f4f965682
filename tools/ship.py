"""Execute all notebooks, then ship the run's models as the reference.

    python tools/ship.py

The models and histories of the run go to `fit_outputs/reference`, where the suite holds
the committed fit logs to them. A result that is as before is not touched. The series of
the labs are trained by `tools/train_labs.py`.
"""

import re
import shutil
import sys
import zipfile

from run import FIT_OUTPUTS, REFERENCE, run, seal

BEFORE = FIT_OUTPUTS / "before"
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


def main():
    """Execute all notebooks and ship what they leave."""
    if (FIT_OUTPUTS / "history_capstone.csv").exists():
        sys.exit(
            "lab 3 would show the network that you have trained: move "
            "history_capstone.csv and model_capstone.keras out of fit_outputs"
        )
    BEFORE.mkdir(exist_ok=True)
    # Nothing of an earlier run is shipped or shown, and nothing that took hours is lost
    for path in [*map(FIT_OUTPUTS.joinpath, SHIPPED), *FIT_OUTPUTS.glob("lab_*.csv")]:
        if path.exists():
            path.replace(BEFORE / path.name)
            print(f"{path.name} of an earlier run is in fit_outputs/{BEFORE.name} now")
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
