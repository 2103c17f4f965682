"""What the lesson does for the kernel of a notebook.

Errors say what to do. A name that is not there yet: which cell makes it. An error from
within a library, such as Keras: first what it says, then the learner's own line;
``%tb`` still shows it all. And if memory is short, one of the first cells says so.
"""

import contextlib
import dis
import importlib
import json
import os
import sys
import threading
from pathlib import Path
from types import TracebackType

WHOLE = "To see the lines of the libraries, too, run %tb in a new cell."
FORGOTTEN = (
    "{name} is made further up, in the cell under “{made}”, and that cell has not run "
    "since the kernel started. Choose Run > Run All Above Selected Cell in the menu. "
    "Then run this cell again."
)
CATCH_UP = """
Or run these two lines in a new cell. They run what is above the heading “{here}”, and
load networks that are saved in the place of training them:

    import lesson
    lesson.catch_up("{notebook}", "{here}")"""
QUOTES = 'If {name} is your answer, put it in quotes: "{name}"'


def install(shell=None):
    """Let a notebook tell its errors in this way, once; elsewhere, do nothing.

    The `shell` is IPython's; if none is given, the running one is taken.
    """
    ipython = sys.modules.get("IPython")  # which every kernel has loaded
    shell = shell or (ipython and ipython.get_ipython())
    if shell is None or shell.custom_exceptions == (Exception,):
        return
    if not hasattr(shell.compile, "format_code_name"):  # an old IPython, as on Colab
        return

    def warn(_):
        """Say before the first cell runs if there is little memory, and what to do."""
        shell.events.unregister("pre_run_cell", warn)
        enough, what, remedy = importlib.import_module("lesson.setup_check").memory()
        if not enough:
            print(f"Memory: {what}. {remedy}.")

    shell.set_custom_exc((Exception,), tell)
    shell.events.register("pre_run_cell", warn)


def load_keras():
    """Load Keras while the learner reads, so that they need not wait for it.

    It runs in a thread, and what goes wrong in it will go wrong in their cell again.
    """

    def load():
        with contextlib.suppress(Exception):
            importlib.import_module("keras")

    threading.Thread(target=load, daemon=True).start()


def tell(shell, kind, error, traceback, tb_offset=None):
    """Show an error; IPython calls this in the place of its own way."""
    lines = _lines(shell, kind, error, traceback)
    if lines:
        error._render_traceback_ = lambda: lines
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
    if lines:
        del error._render_traceback_  # so that %tb shows the whole


def _lines(shell, kind, error, traceback):
    """Return the lines to show in the place of a long traceback, or None."""
    own, frame = [], traceback
    while frame:
        if is_own := shell.compile.format_code_name(frame.tb_frame.f_code.co_filename):
            own.append(frame)
        frame = frame.tb_next
    if not own:
        return None
    if is_own:  # the innermost lines are the learner's
        if not isinstance(error, NameError) or not error.name:  # that of a local name
            return None
        source = shell.user_ns.get("In", [""])[-1]
        advice = missing(error.name, _notebook(shell), source)
        return advice and [f"{kind.__name__}: {error}", "", *advice.split("\n")]
    short = None
    for each in reversed(own):
        short = TracebackType(short, each.tb_frame, each.tb_lasti, each.tb_lineno)
    said = shell.InteractiveTB.get_exception_only(kind, error)
    shown = shell.InteractiveTB.structured_traceback(kind, error, short, tb_offset=0)
    return [*said, *shown[:-1], "", WHOLE]


def missing(name, notebook, source=""):
    """Return what to do about a name that is not there, or "" if we cannot tell.

    `notebook` is the path of its file, or None, and `source` the code of the cell that
    has used the name.

    Examples
    --------
    >>> missing("b", None, "answer = b; lesson.check.find_steps(answer)")
    'If b is your answer, put it in quotes: "b"'
    """
    if len(name) == 1 and "lesson.check." in source:
        return QUOTES.format(name=name)
    heading = made = here = ""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"] if notebook else ():
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            titles = [line for line in text.splitlines() if line.startswith("#")]
            heading = titles[-1].lstrip("# ") if titles else heading
        elif text.strip() == source.strip():
            here = heading
            break  # what is made further down is of no use
        elif not made and name in _made(text):
            made = heading
    known = importlib.import_module("lesson.results").NOTEBOOKS
    advice = FORGOTTEN.format(name=name, made=made) if made else ""
    if made and here and notebook.stem in known:
        advice += CATCH_UP.format(here=here, notebook=notebook.stem)
    return advice


def _made(source):
    """Return the names that the code of a cell makes, outside its functions."""
    try:
        code = compile(source, "a cell", "exec")
    except SyntaxError:  # a command such as %pip
        return set()
    # Not Python's symbol table: since 3.12 it has the names within comprehensions, too
    return {x.argval for x in dis.get_instructions(code) if x.opname == "STORE_NAME"}


def _notebook(shell):
    """Return the path of the running notebook, or None where nobody tells it."""
    told = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")
    path = Path.cwd() / Path(told or "").name  # a kernel works in its notebook's folder
    return path if path.suffix == ".ipynb" and path.exists() else None
