"""Train the series of labs 1, 2 and 4 with five seeds each, and ship the results.

Takes about an hour and a half on two cores. A learner trains with the first seed alone;
the notebooks add the others from `fit_outputs/reference/lab_*.csv`, which this writes.
The code is that of the notebooks' own cells, and what it has trained before is kept.
"""

import re

import lesson  # isort: skip  (first: keeps TensorFlow's start-up log out)

import nbformat
from format import find
from run import REFERENCE, seal
from train_capstone import exec_cells

SEEDS = (1, 2, 3, 4, 5)
# What trains nothing: figures, exercises and clocks
LEFT_OUT = re.compile(r"plot\.show|lesson\.check\.|perf_counter|overhead")

if __name__ == "__main__":
    lesson.experiments.FIT_OUTPUTS = REFERENCE
    for path in map(find, ("lab-1", "lab-2", "lab-4")):
        names = {}
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and not LEFT_OUT.search(cell.source):
                exec_cells(path.stem, [cell.id], names)
                names["SEEDS"] = SEEDS  # in the place of a learner's one
    seal()
