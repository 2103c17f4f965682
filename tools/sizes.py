"""Write into hosting/jupyterhub.md what each notebook takes, and what a class needs.

    python tools/sizes.py         after `make test`, or `make check NB=03` for one

The records are those of `tests/notebook_runs.py`. A notebook without one keeps its row.
"""

import json
import math
import re

from format import ROOT, notebooks

PAGE = ROOT / "hosting" / "jupyterhub.md"
TABLES = re.compile(r"(?s)(?<=<!-- sizes -->\n).*(?=<!-- end of sizes -->)")
ROW = re.compile(r"(?m)^\| ([\w' -]+) \| ([\d.]+|–) \| (\d+|–) \| (\d+|–) \|$")
SERVER = "JupyterLab's server"
LEARNERS, SLOWDOWN, HEADROOM = (30, 300, 3_000), 2, 1.2


def new_row(name, old):
    """Return a notebook's peak memory in GB, CPU and wall seconds, as text."""
    record = ROOT / "build" / "test" / name / "run.json"
    run = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    if not run.get("peak_memory"):
        return old.get(name, ["–"] * 3)
    wall = sum(cell["seconds"] for cell in run["cells"].values())
    cpu = f"{run['cpu_seconds']:.0f}" if "cpu_seconds" in run else "–"
    return [f"{run['peak_memory'] / 1e9:.2f}", cpu, f"{wall:.0f}"]


def class_needs(rows, learners):
    """Return the memory in GB and the cores of a class, as text."""
    kernel = max(float(memory) for memory, *_ in rows.values() if memory != "–")
    memory = learners * (kernel + float(rows[SERVER][0])) * HEADROOM
    known = [(cpu, wall) for _, cpu, wall in rows.values() if "–" not in (cpu, wall)]
    busy = max((int(cpu) / int(wall) for cpu, wall in known), default=0)
    needs = memory, learners * busy / SLOWDOWN * HEADROOM
    return [f"{math.ceil(round(x, 6)):,}" if x else "–" for x in needs]


def tables(rows):
    """Return both tables as Markdown."""
    lines = [
        "",
        "| notebook | peak memory, GB | CPU, s | wall, s |",
        "| --- " * 4 + "|",
    ]
    lines += [f"| {name} | {' | '.join(row)} |" for name, row in rows.items()]
    lines += ["", "| learners | memory, GB | cores |", "| --- " * 3 + "|"]
    lines += [f"| {n:,} | {' | '.join(class_needs(rows, n))} |" for n in LEARNERS]
    return "\n".join([*lines, "", ""])


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    old = {name: row for name, *row in ROW.findall(page)}
    names = [path.stem for path in notebooks()]
    rows = {name: new_row(name, old) for name in [*names, SERVER]}
    PAGE.write_text(TABLES.sub(lambda _: tables(rows), page), encoding="utf-8")
