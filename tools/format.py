"""Bring notebooks, code and generated pages into the form in which they are committed.

    python tools/format.py            everything
    python tools/format.py FILE ...   these notebooks

Nothing is executed. EXERCISES.md and the run sheets in `instructors/` are written from
the notebooks. A notebook that JupyterLab or VS Code has saved gets back its
canonical layout and metadata, readable ids for new cells, and counts from 1 on where
its cells have run in order. Links to the glossary get its definition as their title,
which the pointer shows. Outputs stay as they are; only the views of widgets go, which
are dead without a kernel. Each file that changes is named, with what was done.
"""

import functools
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from run_sheets import sheet

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"

# The same for every notebook, whoever saved it with whatever
NAMES = {"language": "python", "name": "python3"}
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", **NAMES},
    "language_info": {"name": "python"},
}
# Of a cell's metadata, what the author means; the rest is an editor's
CELL_METADATA = {"tags", "varies", "jp-MarkdownHeadingCollapsed", "instructor"}

READABLE = re.compile(r"(?![0-9a-f]{8}(-|$))[a-z][a-z0-9]*(-[a-z0-9]+)*")

# In a title cell, a comment behind an objective names the cells that teach it, and the
# exercise that practises each: <!-- convolution: convolve-by-hand, pooling: pool -->
OBJECTIVE = re.compile(r"(?m)^(\d+)\. (.+?)[;.] *(?:<!--(.*)-->)?$")
HEADING = re.compile(r"##+ Exercise: (.+)")

GLOSSARY = NOTEBOOKS / "glossary.md"
TO_A_TERM = re.compile(r'(?<=\]\(glossary\.md#)([\w-]+)(?: "[^"]*")?(?=\))')
# Of a term's entry, what is no plain text: links, comments, marks
MARKS = re.compile(r"\[([^\]]*)\]\([^)]*\)|<!--.*?-->|[`*]")

INTRODUCTION = """\
# Objectives and exercises

For each objective of the lesson: the cell that teaches it, the exercise that practises
it, and the check that answers. Cells are named by their ids in the notebooks' files.
There are {count} exercises. `make format` writes this page from the notebooks.
"""
SECTION = """
## [{title}](notebooks/{name}.ipynb)

| | objective | taught in | exercise | check |
| --- | --- | --- | --- | --- |
"""


def notebooks():
    """Return the paths of all notebooks, in order."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def short(stem):
    """Return what a notebook is called in commands: 03, or lab-1."""
    return re.match(r"(?:lab-)?\d+|.+", stem)[0]


def find(name):
    """Return the path of the notebook called 3, 03, lab-1 or 03-build-cnn."""
    for path in notebooks():
        if name.lstrip("0") in (path.stem.lstrip("0"), short(path.stem).lstrip("0")):
            return path
    stems = ", ".join(path.stem for path in notebooks())
    raise LookupError(f"There is no notebook {name}; there are: {stems}")


@functools.cache
def definitions():
    """Return the first sentence of each entry of the glossary, by the link's anchor."""
    found = {}
    for entry in GLOSSARY.read_text(encoding="utf-8").split("\n## ")[1:]:
        term, _, text = entry.partition("\n")
        words = " ".join(MARKS.sub(r"\1", text).split())
        found[term.replace(" ", "-")] = re.split(r"(?<=\.) (?=[A-Z\d])", words)[0]
    return found


def _titled(link):
    """Return what a link to a term leads to, with the term's definition behind it."""
    words = definitions().get(link[1])
    return f'{link[1]} "{words}"' if words else link[0]


def navigation(name):
    """Return the line that leads to the notebooks beside one, and to all of them."""
    names = [path.stem for path in notebooks()]
    place = names.index(name)
    links = [f"[{each}]({each}.ipynb)" for each in names]
    before = [f"← {link}" for link in links[:place][-1:]]
    after = [f"{link} →" for link in links[place + 1 :][:1]]
    return " · ".join([*before, "[all notebooks](../README.md)", *after])


def canonical_text(notebook):
    """Return the text of a notebook's file in the one form that the lesson uses."""
    notebook = nbformat.from_dict(notebook)  # a copy
    notebook.metadata = METADATA
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        for key in cell.metadata.keys() - CELL_METADATA:
            del cell.metadata[key]
        if cell.cell_type == "markdown":
            cell.source = TO_A_TERM.sub(_titled, cell.source)
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def write_notebook(notebook, path):
    """Write a notebook canonically; the old file stays until the new one is whole."""
    part = path.with_suffix(".ipynb.part")
    part.write_text(canonical_text(notebook), encoding="utf-8", newline="\n")
    part.replace(path)


def format_notebook(path):
    """Bring a notebook's file into form; return what was done, in words."""
    before = path.read_text(encoding="utf-8")
    try:
        notebook = nbformat.reads(before, as_version=4)
    except nbformat.reader.NotJSONError:
        sys.exit(f"{path.name} is no notebook: has Git left marks of a conflict in it?")
    cells = notebook.cells
    if path.stem in [each.stem for each in notebooks()]:
        text = re.sub(r"\n\n.*\[all notebooks\].*$", "", cells[0].source)
        cells[0].source = f"{text}\n\n{navigation(path.stem)}"
    done = [*_name_cells(cells), *drop_widgets(cells), *_count_again(cells)]
    extra = [cell for cell in cells if set(cell.metadata) - CELL_METADATA]
    if extra:
        done.append(f"removed an editor's metadata from {len(extra)} cells")
    if canonical_text(notebook) == before:
        return []
    write_notebook(notebook, path)
    return [f"{path.stem}: {', '.join(done) or 'laid out anew'}"]


def _name_cells(cells):
    """Give readable ids to cells whose ids an editor made up."""
    for cell in cells:
        if not READABLE.fullmatch(cell.id):
            first = next((line for line in cell.source.splitlines() if line), "")
            words = re.findall(r"[a-z][a-z0-9]*", first.lower())[:4] or ["cell"]
            taken, wanted = {each.id for each in cells}, "-".join(words)
            names = [wanted, *(f"{wanted}-{n}" for n in range(2, len(cells) + 3))]
            free = (x for x in names if x not in taken and READABLE.fullmatch(x))
            cell.id = next(free)
            yield f"named a cell `{cell.id}`"


def drop_widgets(cells):
    """Drop the views of widgets, which are dead without a kernel; say how many."""
    dropped = 0
    for cell in cells:
        for output in list(cell.get("outputs", [])):
            data = output.get("data", {})
            for view in [kind for kind in data if "widget-view" in kind]:
                del data[view]
                dropped += 1
                if "text/html" not in data:  # which is kept in place of the view
                    cell.outputs.remove(output)
    return [f"dropped {dropped} views of widgets"] if dropped else []


def set_count(cell, count):
    """Set the execution count of a cell and of those outputs that have one."""
    for each in (cell, *cell.outputs):
        if "execution_count" in each:
            each.execution_count = count


def _count_again(cells):
    """Count from 1 on, if all cells have run, and in order."""
    code = [cell for cell in cells if cell.cell_type == "code" and cell.source]
    counts = [cell.execution_count for cell in code]
    wanted = list(range(1, len(code) + 1))
    if counts == wanted or None in counts or counts != sorted(set(counts)):
        return []
    for cell, count in zip(code, wanted, strict=True):
        set_count(cell, count)
    return ["counted its cells from 1 on"]


def objectives(notebook):
    """Return the objectives: number, words, pairs of ids (what teaches, exercise)."""
    return [
        (number, words, re.findall(r"([\w-]+): ([\w-]+)", ties))
        for number, words, ties in OBJECTIVE.findall(notebook.cells[0].source)
    ]


def page(notebooks):
    """Return the text of EXERCISES.md for notebooks by their names, in order."""
    sections, count = [], 0
    for name, notebook in notebooks.items():
        source = {cell.id: cell.source for cell in notebook.cells}
        rows = [
            f"| {number} | {words} | `{taught}` | "
            f"{HEADING.match(source['exercise-' + exercise])[1]} | "
            f"`{exercise.replace('-', '_')}` |\n"
            for number, words, ties in objectives(notebook)
            for taught, exercise in ties
        ]
        if rows:
            title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
            sections += [SECTION.format(title=title, name=name), *rows]
            count += len(rows)
    return INTRODUCTION.format(count=count) + "".join(sections)


def pages(read):
    """Return the texts of the pages made from notebooks by their names, by path."""
    sheets = {f"instructors/{name}.md": sheet(name, read[name]) for name in read}
    return {"EXERCISES.md": page(read), **sheets}


def write_pages():
    """Write the pages that are made from notebooks; return what was done, in words."""
    done = []
    read = {path.stem: nbformat.read(path, as_version=4) for path in notebooks()}
    for name, text in pages(read).items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            done.append(f"{name}: written anew from the notebooks")
    return done


def format_code():
    """Format the Python modules with ruff; return what was done, in words."""
    command = [sys.executable, "-m", "ruff", "format", "--no-cache", str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stderr)
    return [run.stdout.strip()] if "reformatted" in run.stdout else []


def main(names):
    """Format what the command line names, or everything; say what was done."""
    paths = [Path(name) for name in names] or notebooks()
    done = [line for path in paths for line in format_notebook(path)]
    done += write_pages()
    if not names:
        done += format_code()
    print("\n".join(done) or "nothing to do")


if __name__ == "__main__":
    main(sys.argv[1:])
