"""How long a part of a notebook takes: estimated by one rule, for newcomers.

Somebody who is new to the subject reads 120 words a minute of it, takes 45 seconds to
read a cell of code, run it and look at what comes out, and three minutes to think about
an exercise. What is folded, or leads elsewhere, is not counted. Sums are rounded up to
five minutes. With the pauses, ten minutes are added for each 50 minutes of work.
"""

import re

WORDS_A_MINUTE = 120
MINUTES_A_CELL = 0.75
MINUTES_AN_EXERCISE = 3
FOLDED = re.compile(
    r"(?s)<!--.*?-->|<details>.*</details>|```.*?```|\]\([^)]*\)|<img[^>]*>"
    r"|[^\n]*\[all notebooks\][^\n]*"
)


def unfolded(cells):
    """Yield the cells outside the sections that are folded when a notebook opens."""
    folded = None
    for cell in cells:
        heading = re.match("#+(?= )", cell["source"])
        if heading and cell["cell_type"] == "markdown":
            level = len(heading[0])
            if folded is None or level <= folded:
                starts = "jp-MarkdownHeadingCollapsed" in cell["metadata"]
                folded = level if starts else None
        if folded is None:
            yield cell


def minutes(cell):
    """Return the minutes that an unfolded cell takes: of teaching, and of exercises."""
    taken = len(re.findall(r"[A-Za-z’']+", FOLDED.sub(" ", cell["source"])))
    taken /= WORDS_A_MINUTE
    if cell["cell_type"] == "code":
        taken = MINUTES_A_CELL
    if cell["id"].startswith("exercise"):
        return 0, taken + MINUTES_AN_EXERCISE
    return (0 if cell["id"].startswith(("answer", "help")) else taken), 0
