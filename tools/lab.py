"""Open JupyterLab, as the lesson sets it up, on copies of the notebooks.

    python tools/lab.py              open the notebook that you worked on last
    python tools/lab.py --fresh 03   first make a new copy of 03; yours stays beside it

You work on copies in the folder `my_notebooks`, without our outputs: Git does not see
them, and an update of the lesson never changes what you have written. What else
is given, JupyterLab gets.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ORIGINALS, COPIES = ROOT / "notebooks", ROOT / "my_notebooks"
SETTINGS = ROOT / "jupyter"
STAMP = "lesson_copy"  # a copy's metadata say by this which text it was made from


def stamp(notebook):
    """Return what tells two texts of a notebook apart, whatever their outputs are."""
    sources = [
        [each["cell_type"], "".join(each["source"])] for each in notebook["cells"]
    ]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:16]


def read(path):
    """Return a notebook, or None where a file is broken."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
    except ValueError:
        return None
    whole = isinstance(notebook, dict) and {"cells", "metadata"} <= notebook.keys()
    return notebook if whole else None


def worked_on(mine):
    """Say if a copy is not as we made it: it has run, or its text is another."""
    ran = any(cell.get("execution_count") for cell in mine["cells"])
    return ran or mine["metadata"].get(STAMP) != stamp(mine)


def copy(original):
    """Copy a notebook without outputs and notes for instructors; say what was done.

    A copy with work in it stays; one as we made it follows an update. A copy is written
    whole or not at all.
    """
    notebook, path, name = read(original), COPIES / original.name, original.stem
    if notebook is None:
        sys.exit(f"{original} is no notebook: has Git left marks of a conflict in it?")
    now = stamp(notebook)
    if path.exists():
        mine = read(path)
        if mine and mine["metadata"].get(STAMP) == now:
            return
        if not mine or worked_on(mine):
            why = f"There is a new version of {name}. Your copy has your work in it and"
            why = why if mine else f"{name}: your copy is broken, and"
            new = "make fresh NB="
            if os.name == "nt":
                new = r".venv\Scripts\python tools\lab.py --fresh "
            print(f"{why} stays as it is. To get the new one, too: {new}{name}")
            return
    for cell in notebook["cells"]:
        cell["metadata"].pop("instructor", None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    notebook["metadata"][STAMP] = now
    part = path.with_suffix(".part")
    part.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), "utf-8")
    part.replace(path)


def set_aside(name):
    """Rename the copy of the notebook called 3, 03 or 03-build-cnn; name the time."""
    stems = sorted(path.stem for path in ORIGINALS.glob("*.ipynb"))
    called = re.compile(f"0*{re.escape(name.lstrip('0'))}(-.*)?")
    found = [stem for stem in stems if called.fullmatch(stem)]
    if len(found) != 1:
        sys.exit(f"Which notebook is “{name}”? There are: {', '.join(stems)}")
    path = COPIES / f"{found[0]}.ipynb"
    if path.exists():
        kept = path.with_stem(f"{path.stem} {time.strftime('%Y-%m-%d %H.%M.%S')}")
        print(f"Your copy is now called {kept.name}")
        path.rename(kept)


def last_used():
    """Return the copy that was saved last, or notebook 01 if all are as new."""
    copies = [COPIES / each.name for each in ORIGINALS.glob("*.ipynb")]
    used = [path for path in copies if (mine := read(path)) and worked_on(mine)]
    return max(used, key=lambda path: path.stat().st_mtime, default=min(copies))


def run(command):
    """Run JupyterLab to its end; Ctrl+C reaches it by itself, and it asks back."""
    with subprocess.Popen(command) as server:
        while server.poll() is None:
            with contextlib.suppress(KeyboardInterrupt):
                server.wait()
    return server.returncode


def main():
    """Make the copies that are missing, and become JupyterLab."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fresh", metavar="NB", help="make a new copy of 03, say")
    asked, others = parser.parse_known_args()
    try:
        COPIES.mkdir(exist_ok=True)
    except OSError as error:
        sys.exit(f"{error}. Put the lesson into a folder where you can write.")
    if asked.fresh is not None:
        set_aside(asked.fresh)
    for original in sorted(ORIGINALS.glob("*.ipynb")):
        copy(original)
    # A page to read, always ours
    shutil.copyfile(ORIGINALS / "glossary.md", COPIES / "glossary.md")

    # The contents panel is open, and one notebook, as each has a kernel of its own
    workspace = COPIES / ".jupyterlab"
    shutil.rmtree(workspace, ignore_errors=True)
    shutil.copytree(SETTINGS / "workspace", workspace, dirs_exist_ok=True)
    os.environ.setdefault("PYTHONSTARTUP", str(SETTINGS / "startup.py"))
    os.environ["LESSON_FIG"] = str(COPIES / "fig")
    for name, value in (("PYTHONPATH", ORIGINALS), ("JUPYTER_CONFIG_PATH", SETTINGS)):
        known = os.environ.get(name)
        os.environ[name] = f"{value}{os.pathsep}{known}" if known else str(value)
    command = [sys.executable, "-m", "jupyterlab", str(last_used()), *others]
    settings = [f"--ServerApp.root_dir={ROOT}", f"--LabApp.workspaces_dir={workspace}"]
    sys.exit(run(command + settings))


if __name__ == "__main__":
    main()
