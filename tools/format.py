"""Bring notebooks, code and EXERCISES.md into the form in which they are committed.

    python tools/format.py            everything
    python tools/format.py FILE ...   these notebooks

Nothing is executed. A notebook that JupyterLab or VS Code has saved gets back its
canonical layout and metadata, readable ids for new cells, and counts from 1 on where
its cells have run in order. Outputs stay as they are; only the views of widgets go,
which are dead without a kernel. Each file that changes is named, with what was done.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from list_exercises import write_page

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"

# The same for every notebook, whoever saved it with whatever
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
# Of a cell's metadata, what the author means; the rest is an editor's
CELL_METADATA = {"tags", "varies", "jp-MarkdownHeadingCollapsed"}

READABLE = re.compile(r"(?![0-9a-f]{8}(-|$))[a-z][a-z0-9]*(-[a-z0-9]+)*")


def canonical_text(notebook):
    """Return the text of a notebook's file in the one form that the lesson uses."""
    notebook = nbformat.from_dict(notebook)  # a copy
    notebook.metadata = METADATA
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata = {
            key: value for key, value in cell.metadata.items() if key in CELL_METADATA
        }
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def write_notebook(notebook, path):
    """Write a notebook canonically; the old file stays until the new one is whole."""
    part = path.with_suffix(".ipynb.part")
    part.write_text(canonical_text(notebook), encoding="utf-8", newline="\n")
    os.replace(part, path)


def format_notebook(path):
    """Bring a notebook's file into form; return what was done, in words."""
    before = path.read_text(encoding="utf-8")
    try:
        notebook = nbformat.reads(before, as_version=4)
    except nbformat.reader.NotJSONError:
        sys.exit(f"{path.name} is no notebook: has Git left marks of a conflict in it?")
    done = [*_name_cells(notebook), *_drop_widgets(notebook), *_count_again(notebook)]
    extra = sum(bool(set(cell.metadata) - CELL_METADATA) for cell in notebook.cells)
    if extra:
        done.append(f"removed an editor's metadata from {extra} cells")
    if canonical_text(notebook) == before:
        return []
    write_notebook(notebook, path)
    return [f"{path.stem}: {', '.join(done) or 'laid out anew'}"]


def _name_cells(notebook):
    """Give readable ids to cells whose ids an editor made up."""
    done = []
    for cell in notebook.cells:
        if not READABLE.fullmatch(cell.id):
            first = next((line for line in cell.source.splitlines() if line), "cell")
            words = re.findall(r"[a-z][a-z0-9]*", first.lower())[:4] or ["cell"]
            taken = {each.id for each in notebook.cells}
            name = wanted = "-".join(words)
            number = 2
            while name in taken or not READABLE.fullmatch(name):
                name, number = f"{wanted}-{number}", number + 1
            cell.id = name
            done.append(f"named a cell `{name}`")
    return done


def is_widget(output):
    """Say if an output is the view of a widget, which is dead without its kernel."""
    return any("widget-view" in kind for kind in output.get("data", {}))


def _drop_widgets(notebook):
    dropped = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            alive = [output for output in cell.outputs if not is_widget(output)]
            dropped += len(cell.outputs) - len(alive)
            cell.outputs = alive
    return [f"dropped {dropped} views of widgets"] if dropped else []


def _count_again(notebook):
    """Count from 1 on, if all cells have run, and in order."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source]
    counts = [cell.execution_count for cell in code]
    wanted = list(range(1, len(code) + 1))
    if counts == wanted or None in counts or counts != sorted(set(counts)):
        return []
    for cell, count in zip(code, wanted, strict=True):
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
    return ["counted its cells from 1 on"]


def format_code():
    """Format the Python modules with ruff; return what was done, in words."""
    command = [sys.executable, "-m", "ruff", "format", "--no-cache", str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stderr)
    return [run.stdout.strip()] if "reformatted" in run.stdout else []


def main(names):
    """Format what the command line names, or everything; say what was done."""
    paths = [Path(name) for name in names] or sorted(NOTEBOOKS.glob("*.ipynb"))
    done = [line for path in paths for line in format_notebook(path)]
    done += write_page()
    if not names:
        done += format_code()
    print("\n".join(done) or "nothing to do")


if __name__ == "__main__":
    main(sys.argv[1:])
