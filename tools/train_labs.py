"""Train the series of labs 1, 2 and 4 with five seeds each, and ship the results.

Takes about an hour and a half on two cores. A learner trains with the first seed alone;
the notebooks add the others from `fit_outputs/reference/lab_*.csv`, which this writes.
The code is that of the notebooks' own cells, and what it has trained before is kept.

    python tools/train_labs.py          all three
    python tools/train_labs.py lab-2    one of them
"""

import re
import sys

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import nbformat
from format import find
from train_capstone import REFERENCE, exec_cells

SEEDS = (1, 2, 3, 4, 5)


def main(labs):
    """Run the cells of these labs, but for figures, exercises and clocks."""
    lesson.experiments.FIT_OUTPUTS = REFERENCE
    for lab in labs:
        path, names = find(lab), {}
        for cell in nbformat.read(path, as_version=4).cells:
            shown = re.search(
                r"plot\.show|lesson\.check\.|perf_counter|overhead", cell.source
            )
            if cell.cell_type == "code" and not shown:
                exec_cells(path.stem, [cell.id], names)
                names["SEEDS"] = SEEDS  # in the place of a learner's one


if __name__ == "__main__":
    main(sys.argv[1:] or ("lab-1", "lab-2", "lab-4"))
