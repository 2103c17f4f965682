"""Run sheets for instructors: `instructors/NAME.md` for each notebook, made from it.

The notes stand in the metadata of the cells that they speak of, under `instructor`: a
dictionary with some of the keys of `KINDS`, and a few sentences for each. Learners do
not see them. `tools/format.py` writes the sheets.
"""

import re

from estimate import minutes, unfolded

KINDS = {"ask": "Ask", "say": "Say", "watch": "Watch for", "stop": "Stop here"}
HEADING = re.compile(r"(?m)^(?=##+ (?!Exercise))")
# How long an epoch, or one training of a series, took: "3s - 2ms/step", "9 s  accuracy"
SECONDS = re.compile(r" - (\d+)s - | (\d+) s  accuracy")

HEAD = """\
# Run sheet: {title}

For [{name}](../notebooks/{name}.ipynb). `make format` writes this page from
the notebook and the notes in its cells: [see the guide](README.md#the-run-sheets).

| teaching | exercises | computing, on two cores | with pauses |
| --- | --- | --- | --- |
{times}"""


def sections(notebook):
    """Return the sections of a notebook: heading, minutes, and pieces of its cells.

    The minutes are of teaching and of exercises. A section begins at each heading
    below the title, but for those of exercises; a cell may hold more than one.
    """
    counted = {cell["id"] for cell in unfolded(notebook["cells"])}
    found = [["## Questions and objectives", 0, []]]
    for cell in notebook["cells"]:
        prose = cell["cell_type"] == "markdown"
        parts = HEADING.split(cell["source"]) if prose else [cell["source"]]
        for part in filter(None, parts):
            if prose and HEADING.match(part):
                found.append([part.splitlines()[0], 0, []])
            # The notes of a cell go with its last part
            metadata = cell["metadata"] if part is parts[-1] else {}
            piece = {**cell, "source": part, "metadata": metadata}
            found[-1][1] += sum(minutes(piece)) if cell["id"] in counted else 0
            found[-1][2].append(piece)
    return found


def _lines(cell):
    """Return the lines for a cell: what to run or to ask, and its notes."""
    source = cell["source"].splitlines()
    kind, _, name = cell["id"].partition("-")
    notes = cell["metadata"].get("instructor", {})
    if kind == "exercise":
        topic = source[0].partition("Exercise: ")[2]
        yield f"- **Exercise** `{name.replace('-', '_')}`: {topic}"
    elif cell["cell_type"] == "code" and kind != "answer":
        first = next(line for line in source if line[:1] != "#").partition("  #")[0]
        lines = f"{len(source)} line" + "s" * (len(source) > 1)
        yield f"- Run `{cell['id']}`, {lines}: `{first}`"
    elif notes:
        yield f"- Read `{cell['id']}`"
    for kind in sorted(notes, key=[*KINDS].index):  # another kind is an error
        yield f"  - *{KINDS[kind]}:* {notes[kind]}"


def _seconds(cells):
    """Return how many seconds of training the outputs of some cells tell of."""
    log = ""
    for output in [each for cell in cells for each in cell.get("outputs", [])]:
        log += output.get("text") or output.get("data", {}).get("text/plain", "")
    return sum(int(epoch or series) for epoch, series in SECONDS.findall(log))


def sheet(name, notebook):
    """Return the text of the run sheet of a notebook."""
    source = notebook["cells"][0]["source"]
    times = re.search(r"(?m)^\| teaching \|.*\n.*\n(.+)$", source)[1]
    text = [HEAD.format(title=source.splitlines()[0][2:], name=name, times=times)]
    end = 0  # of the section before
    for heading, taken, cells in sections(notebook):
        first, last, end = round(end), round(end + taken), end + taken
        span = f"{first // 60}:{first % 60:02} to {last // 60}:{last % 60:02}"
        span = f"{span}, {last - first} min" if taken else "Folded"
        if seconds := _seconds(cells):
            span += f"; the training whose log you see took {seconds} seconds"
        lines = [line for cell in cells for line in _lines(cell)]
        text.append("\n".join([heading, "", f"{span}.", "", *lines]).rstrip())
    return "\n\n".join(text) + "\n"
