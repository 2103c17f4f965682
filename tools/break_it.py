"""Break copies of the lesson on purpose, and see whether the suite notices.

    python tools/break_it.py [--full] [NAME ...]   all breaks, or those named
    python tools/break_it.py --list                the names

First the whole suite runs on an unbroken copy of the working tree, and has to pass.
Then each break is made in a copy of its own, and a part of the suite runs there, or
with --full all of it: one certain test has to fail. Takes about half an hour on two
cores. Exits with 1 if a break was missed.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
from format import ROOT, write_notebook

RULES = ["tests/rules"]
RESULTS = ["tests/results"]
CHECKS = ["tests/unit/test_check.py"]
ANSWERS = "notebooks/lesson/check/answers.py"
TRAINING = ["notebooks/04-fit-cnn.ipynb", "tests/results"]


class Break(NamedTuple):
    """A fault, made by edits, that the test `caught_by` in `part` must catch."""

    name: str
    part: list  # of the suite, as pytest's arguments
    caught_by: str  # a part of the test's name
    edits: list  # functions of the copy's root folder


class Cell(NamedTuple):
    """A cell of a notebook, and edits of it."""

    notebook: str
    id: str

    def source(self, old, new):
        """Return an edit of the source: the one match of the regex `old`."""

        def edit(cell):
            cell.source = _replace_once(old, new, cell.source, self)

        return self._edit(edit)

    def output(self, old, new):
        """Return an edit of the one output that holds `old`, as text or as HTML."""

        def edit(cell):
            texts = [
                (each, "text") if "text" in each else (each.data, "text/html")
                for each in cell.outputs
            ]
            found = [at for at in texts if re.search(old, at[0].get(at[1], ""))]
            if len(found) != 1:
                sys.exit(f"{self}: {old!r} is in {len(found)} outputs: mend break_it")
            ((holder, key),) = found
            holder[key] = _replace_once(old, new, holder[key], self)

        return self._edit(edit)

    def tag(self, tag, **metadata):
        """Return an edit that adds a tag, and other metadata."""

        def edit(cell):
            cell.metadata.setdefault("tags", []).append(tag)
            cell.metadata.update(metadata)

        return self._edit(edit)

    def expect_error(self):
        """Return an edit: the cell is said to raise an error, and to have done so."""

        def edit(cell):
            cell.metadata.setdefault("tags", []).append("raises-exception")
            cell.outputs = [
                nbformat.v4.new_output("error", ename="ValueError", evalue="no")
            ]

        return self._edit(edit)

    def _edit(self, change):
        def edit(root):
            path = root / "notebooks" / f"{self.notebook}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            (cell,) = [cell for cell in notebook.cells if cell.id == self.id]
            change(cell)
            write_notebook(notebook, path)

        return edit


def in_file(path, old, new):
    """Return an edit of a file: the one match of the regex `old`."""

    def edit(root):
        text = (root / path).read_text(encoding="utf-8")
        changed = _replace_once(old, new, text, path)
        (root / path).write_text(changed, encoding="utf-8")

    return edit


def strip_outputs(notebook):
    """Return an edit that clears a notebook, as an editor's command does."""

    def edit(root):
        path = root / "notebooks" / f"{notebook}.ipynb"
        content = nbformat.read(path, as_version=4)
        for cell in content.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        write_notebook(content, path)

    return edit


def leave_old_models(root):
    """Leave good models of an earlier run where this run has to write its own."""
    for folder in (root, root / "build" / "test"):
        shutil.copytree(
            root / "fit_outputs" / "reference",
            folder / "fit_outputs",
            dirs_exist_ok=True,
        )


def _replace_once(old, new, text, where):
    text, count = re.subn(old, new, text)
    if count != 1:
        sys.exit(
            f"{where}: {old!r} stands there {count} times, not once: mend break_it"
        )
    return text


LOAD_DATA = Cell("02-image-data", "load-data")
BY_HAND = Cell("03-build-cnn", "neuron-by-hand")
ONE_HOT = Cell("04-fit-cnn", "one-hot")
COMPILE = Cell("04-fit-cnn", "compile-intro")
FIT = Cell("04-fit-cnn", "fit-intro")
HISTORY = Cell("04-fit-cnn", "history-intro")
PLOT = Cell("04-fit-cnn", "plot-intro")
READ_LOG = Cell("04-fit-cnn", "read-the-log")
DROPOUT = Cell("04-fit-cnn", "build-dropout")
FIT_DROPOUT = Cell("04-fit-cnn", "fit-dropout")
SAVE = Cell("04-fit-cnn", "save-models")

BREAKS = [
    Break(
        "stored-shape-edited",
        ["notebooks/02-image-data.ipynb"],
        "02-image-data.ipynb::load-data",
        [LOAD_DATA.output(r"\(50000, 32, 32, 3\)", "(50000, 32, 32, 1)")],
    ),
    Break(
        "cell-broken",
        ["notebooks/03-build-cnn.ipynb"],
        "03-build-cnn.ipynb::neuron-by-hand",
        [BY_HAND.source(r"\(inputs \* weights\)", "(inputs * weight)")],
    ),
    Break(
        "expected-error-gone",
        ["notebooks/03-build-cnn.ipynb"],
        "03-build-cnn.ipynb::neuron-by-hand",
        [BY_HAND.expect_error()],
    ),
    Break(
        "expected-error-not-stored",
        RULES,
        "test_tags[03-build-cnn]",
        [BY_HAND.tag("raises-exception")],
    ),
    Break(
        "outputs-stripped",
        RULES,
        "test_ran_once_from_top_to_bottom[02-image-data]",
        [strip_outputs("02-image-data")],
    ),
    Break(
        "shape-ignored",
        RULES,
        "test_ignored_cells_depend_on_a_training[02-image-data]",
        [
            LOAD_DATA.tag(
                "nbval-ignore-output", varies="computed from the results of a training"
            )
        ],
    ),
    Break(
        "fit-log-faked",
        RULES,
        "test_fit_log_is_that_of_the_reference[dropout]",
        [FIT_DROPOUT.output(r"(Epoch 10/10\n.* val_accuracy: )0\.\d+", r"\g<1>0.6999")],
    ),
    Break(
        "alt-text-removed",
        RULES,
        "test_images_have_alternatives",
        [Cell("02-image-data", "plot-pixels").output(r'<img alt="[^"]+"', "<img")],
    ),
    Break(
        "claimed-number-changed",
        RESULTS,
        "test_claim[about 0.66 after",
        [READ_LOG.source(r"about 0\.66 after the tenth", "about 0.69 after the tenth")],
    ),
    Break(
        "architecture-changed",  # where no summary shows it
        TRAINING,
        "test_models_of_the_notebooks_are_those_of_the_lesson[04-fit-cnn-dropout]",
        [DROPOUT.source(r"Dropout\(0\.6\)", "Dropout(0.5)")],
    ),
    Break(
        "labels-shuffled",
        TRAINING,
        "test_history_is_that_of_a_correct_run[run-intro]",
        [ONE_HOT.source(r"\Z", "\nnp.random.default_rng(1).shuffle(train_labels)")],
    ),
    Break(
        "learning-rate-1e-4",
        TRAINING,
        "test_history_is_that_of_a_correct_run[run-intro]",
        [COMPILE.source('"adam"', "keras.optimizers.Adam(1e-4)")],
    ),
    Break(
        "two-epochs-with-faked-length",
        TRAINING,
        "test_saved_model_is_that_of_the_lesson[run-intro]",
        [
            FIT.source("epochs=10", "epochs=2"),
            HISTORY.source(
                r"= (pd\.DataFrame\.from_dict\(history_intro\.history\))",
                r"= pd.concat([\1] * 5, ignore_index=True)",
            ),
        ],
    ),
    Break(
        "wrong-column-plotted",
        TRAINING,
        "test_curves_show_the_history[intro]",
        [PLOT.source(r'\["accuracy", "val_accuracy"\]', '["loss", "val_loss"]')],
    ),
    Break(
        "stale-model-left",
        TRAINING,
        "test_saved_model_is_that_of_the_lesson[run-dropout]",
        [SAVE.source(r"model_dropout\.save\(.*\)", ""), leave_old_models],
    ),
    Break(
        "every-choice-right",
        CHECKS,
        "test_each_mistake_is_told_its_own_words[after_compile]",
        [in_file(ANSWERS, r"return value == target", "return True")],
    ),
    Break(
        "counts-roughly-right",
        CHECKS,
        "test_each_mistake_is_told_its_own_words[count_steps]",
        [in_file(ANSWERS, r"rel_tol=1e-6", "rel_tol=1e-2")],
    ),
    Break(
        "check-that-raises",
        CHECKS,
        "test_strange_objects_are_refused",
        [
            in_file(
                "notebooks/lesson/check/reading.py",
                r"except Exception:  # the",
                "except OSError:  # the",
            )
        ],
    ),
    Break(
        "answer-left-in",
        RULES,
        "test_cell_of_the_answer[neuron]",
        [
            Cell("03-build-cnn", "answer-neuron").source(
                r"total = \.\.\.", "total = 1"
            ),
            Cell("03-build-cnn", "answer-neuron").source(
                r"output = \.\.\.", "output = 1"
            ),
        ],
    ),
    Break(
        "wrong-solution",
        RULES,
        "test_solution_is_right[count_steps]",
        [Cell("04-fit-cnn", "help-count-steps").source(r"np\.ceil\(", "np.floor(")],
    ),
    Break(
        "lab-without-divergence",
        [*TRAINING, "notebooks/06-learning-rate-and-batch-size.ipynb"],
        "test_series_is_like_the_shipped_one[06_learning_rates]",
        [
            Cell("06-learning-rate-and-batch-size", "train-rates").source(
                r"0\.3, 1\.0, 10\.0", "0.3"
            )
        ],
    ),
    Break(
        "capstone-flattered",
        TRAINING,
        "test_shipped_model_is_as_good_as_it_is_said_to_be",
        [
            in_file(
                "fit_outputs/reference/capstone_seeds.csv",
                r"(?m)^(1,.*),[\d.]+$",
                r"\1,0.95",
            )
        ],
    ),
    Break(
        "live-curves-lose-their-place",
        ["tests/unit/test_live.py"],
        "test_one_display_is_updated",
        [
            in_file(
                "notebooks/lesson/live.py",
                r"self\._handle\.update",
                "self._handle.display",
            )
        ],
    ),
]


def copy_working_tree(target):
    """Copy all files that Git tracks or would add, into a repository of their own."""
    listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in sorted(set(listed.split("\0")) - {""}):
        if (ROOT / name).is_file():  # not deleted
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    _git(target, "init", "--quiet")
    _git(target, "add", "--all")


def _git(folder, *arguments):
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    ).stdout


def run_suite(folder, part):
    """Run a part of the suite in a copy; return what failed, and all that it said."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfE", "--color=no", *part],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    lines = re.findall(r"(?m)^(?:FAILED|ERROR) (.+?)(?: - .*)?$", run.stdout)
    if run.returncode and not lines:
        lines = ["pytest itself"]
    return lines, run.stdout


def main():
    """Make the breaks that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="run the whole suite")
    parser.add_argument("--list", action="store_true", help="list the breaks")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    if options.list:
        print("\n".join(each.name for each in BREAKS))
        return
    if unknown := set(options.names) - {each.name for each in BREAKS}:
        parser.error(f"no such break: {', '.join(sorted(unknown))}")
    wanted = [
        each for each in BREAKS if not options.names or each.name in options.names
    ]

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        whole = Path(temporary, "whole")
        copy_working_tree(whole)
        print("the unbroken lesson, whole suite ...", flush=True)
        failed, output = run_suite(whole, [])
        if failed:
            sys.exit(f"{output}\nThe unbroken lesson fails: mend it first")
        if traces := _git(whole, "ls-files", "-z", "-m", "-o", "--exclude-standard"):
            sys.exit(f"a test run changes {traces!r}")
        missed = [each.name for each in wanted if not _is_caught(each, whole, options)]
    print(f"{len(wanted) - len(missed)} of {len(wanted)} breaks were caught")
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def _is_caught(each, whole, options):
    """Make a break in a copy of `whole`, print a line about it, say if it is caught."""
    start = time.perf_counter()
    print(f"{each.name:<30}", end="", flush=True)
    broken = whole.with_name(each.name)
    shutil.copytree(whole, broken)
    for edit in each.edits:
        edit(broken)
    failed, output = run_suite(broken, [] if options.full else each.part)
    shutil.rmtree(broken, ignore_errors=True)
    caught = any(each.caught_by in test for test in failed)
    words = f"caught by {each.caught_by}" if caught else f"MISSED by {each.caught_by}"
    others = len(failed) - caught
    print(f"{words}, {others} more failed, {time.perf_counter() - start:.0f} s")
    if not caught:
        print(output)
    return caught


if __name__ == "__main__":
    main()
