"""What a notebook says when a cell fails: what to do, and in few lines."""

import re
from pathlib import Path

import nbformat
import pytest
from ipykernel.compiler import XCachingCompiler
from IPython.core.interactiveshell import InteractiveShell
from lesson import kernel, setup_check
from lesson_files import NOTEBOOKS, ROOT, code_cells, run_python
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


@pytest.fixture
def run(monkeypatch, capsys):
    """Run code in the notebook 04 with a new kernel; return what it shows."""
    monkeypatch.chdir(NOTEBOOKS)
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/04-fit-cnn.ipynb")
    shell = InteractiveShell(colors="nocolor", compiler_class=XCachingCompiler)
    kernel.install(shell)

    def run(code):
        shell.run_cell(code, store_history=True)
        return re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)

    return run


def test_missing_name_says_what_to_run(run, monkeypatch):
    (cell,) = (x for x in code_cells("04-fit-cnn") if x.id == "plot-intro")
    said = run(cell.source)
    assert "plt is made further up, in the cell under “Where we are”" in said
    assert 'lesson.catch_up("04-fit-cnn", "The training curves")' in said
    assert 'in quotes: "b"' in run("order = b\nlesson.check.order_steps(order)")
    assert "Traceback" in run("nobody_makes_this")
    # A local name that is missing is no reason to stop telling
    assert "x += 1" in run("def f():\n    x += 1\nf()")
    assert "plt is made further up" in run(cell.source)
    monkeypatch.delenv("JPY_SESSION_NAME")  # VS Code says it otherwise
    run("__vsc_ipynb_file__ = '/x/04-fit-cnn.ipynb'")
    assert "plt is made further up" in run(cell.source)


def test_no_wrong_advice(run):
    (cell,) = (x for x in code_cells("04-fit-cnn") if x.id == "imports")
    path = Path("04-fit-cnn.ipynb")
    assert kernel.missing("model_fix", path, cell.source) == ""
    assert "further up" not in run("take = x\nlesson.check.order_steps(take)")
    (cell, *_) = code_cells("checklist")[3:]
    said = kernel.missing("lesson", Path("checklist.ipynb"), cell.source)
    assert "further up" in said and "catch_up" not in said


def test_names_inside_of_functions_are_not_made_for_the_notebook(tmp_path):
    source = "def f(a):\n    b = a\n[c for c in 'x']\nlambda: (d := 1)\ne = 2"
    cells = [new_markdown_cell("## Here"), new_code_cell(source)]
    path = tmp_path / "03-build-cnn.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=cells)), "utf-8")
    made = [name for name in "abcdef" if "under “Here”" in kernel.missing(name, path)]
    assert made == ["e", "f"]


def test_old_ipython_is_left_alone():
    shell = InteractiveShell()
    shell.compile = None
    kernel.install(shell)
    assert not shell.custom_exceptions


def test_error_within_a_library_is_told_in_few_lines(run):
    code = 'import json\ndef mine():\n    json.loads("{")\nmine()'
    said, whole = run(code), run("%tb")
    assert said.startswith("JSONDecodeError: Expecting property name")
    assert said.count('----> 3     json.loads("{")') == 1 and "decoder.py" not in said
    assert "decoder.py" in whole and len(whole) > 2 * len(said)
    # One in one's own code as ever
    assert "%tb" not in run("def half():\n    return 1 / 0\nhalf()")
    assert "SyntaxError" in run("1 +")


def test_little_memory_is_told_once(run, monkeypatch):
    monkeypatch.setattr(setup_check, "MEMORY", 1e6)
    said = run("print('first')")
    assert re.match(r"Memory: [\d.]+ GB are free, .+\.\nfirst\n", said)
    assert run("print('second')") == "second\n"


@pytest.mark.parametrize(
    ("first", "folder", "loaded"),
    [
        ("import ipykernel", NOTEBOOKS, True),
        ("import ipykernel", ROOT / "tests", False),
        ("", NOTEBOOKS, False),
    ],
    ids=["kernel", "kernel of another notebook", "terminal"],
)
def test_keras_is_loaded_while_the_learner_reads(first, folder, loaded):
    code = f"""if True:
        import runpy, sys, threading
        {first}
        before = threading.enumerate()
        names = runpy.run_path({str(ROOT / "jupyter" / "startup.py")!r})
        for thread in set(threading.enumerate()) - set(before):
            assert thread.daemon, "the kernel would not end before it"
            thread.join()
        print("keras" in sys.modules, [x for x in names if x[0] != "_"])"""
    run = run_python("-c", code, cwd=folder)
    assert (run.stdout, run.stderr) == (f"{loaded} []\n", "")
