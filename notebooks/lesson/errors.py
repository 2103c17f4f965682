"""Errors in a notebook, told so that a learner knows what to do.

A name that is not there yet: which cell makes it. An error from within a library, such
as Keras: what it says first, then the learner's own line. ``%tb`` still shows it all.
"""

import ast
import json
import os
import sys
from pathlib import Path

__all__ = ["install"]


def __dir__():
    """Offer the public names to tab completion."""
    return __all__


WHOLE = "To see all lines of the libraries that led there, run %tb in a new cell."
FORGOTTEN = (
    "{name} is made further up, in the cell under “{heading}”, and that cell has not "
    "run since the kernel started. Choose Run > Run All Above Selected Cell in the "
    "menu. Then run this cell again."
)
QUOTES = 'If {name} is your answer, put it in quotes: "{name}"'


def install(shell=None):
    """Let a notebook tell its errors in this way; elsewhere, do nothing.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell, optional
        The running one, if none is given.
    """
    ipython = sys.modules.get("IPython")  # which every kernel has loaded
    shell = shell or (ipython and ipython.get_ipython())
    if shell is not None:
        shell.set_custom_exc((Exception,), tell)


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
    own = [
        each
        for each in _frames(traceback)
        if shell.compile.format_code_name(each.tb_frame.f_code.co_filename)
    ]
    if isinstance(error, NameError) and own:
        advice = missing(
            error.name, _notebook(shell), shell.user_ns.get("In", [""])[-1]
        )
        return advice and [f"{kind.__name__}: {error}", "", advice]
    if not own or own[-1] is _frames(traceback)[-1]:
        return None  # the learner's own lines are all there is
    said = shell.InteractiveTB.get_exception_only(kind, error)
    own[-1].tb_next = None
    shown = shell.InteractiveTB.structured_traceback(kind, error, own[0])
    return [*said, *shown[:-1], "", WHOLE]


def _frames(traceback):
    """Return the traceback of each frame, from the outermost to the innermost."""
    return [traceback, *_frames(traceback.tb_next)] if traceback else []


def missing(name, notebook, source=""):
    """Return what to do about a name that is not there, or "" if we cannot tell.

    Parameters
    ----------
    name : str
    notebook : Path or None
        The notebook's file.
    source : str
        The code of the cell that used the name.

    Examples
    --------
    >>> missing("b", None, "answer = b; lesson.check.find_steps(answer)")
    'If b is your answer, put it in quotes: "b"'
    """
    heading = ""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"] if notebook else ():
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            titles = [line for line in text.splitlines() if line.startswith("#")]
            heading = titles[-1].lstrip("# ") if titles else heading
        elif name in _made(text):
            return FORGOTTEN.format(name=name, heading=heading)
    return QUOTES.format(name=name) if "lesson.check." in source else ""


def _made(source):
    """Return the names that the code of a cell makes."""
    try:
        nodes = [*ast.walk(ast.parse(source))]
    except SyntaxError:  # a command such as %pip
        return set()
    made = {
        each.id
        for each in nodes
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    for each in nodes:
        if isinstance(each, ast.FunctionDef | ast.ClassDef):
            made.add(each.name)
        elif isinstance(each, ast.Import | ast.ImportFrom):
            made |= {name.asname or name.name.split(".")[0] for name in each.names}
    return made


def _notebook(shell):
    """Return the path of the running notebook, or None where nobody tells it."""
    told = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")
    path = Path.cwd() / Path(told or "").name  # a kernel works in its notebook's folder
    return path if path.suffix == ".ipynb" and path.exists() else None


install()
