"""Break copies of the lesson on purpose, and see whether the suite notices.

    python tools/break_it.py [NAME ...]   all breaks of breaks.toml, or those named

First the whole suite runs on an unbroken copy of the working tree, and has to pass.
Then each break is made in a copy of its own, and the part of the suite that it names
runs there: one certain test has to fail. Takes about half an hour on two cores. Exits
with 1 if a break was missed.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BREAKS = tomllib.loads((ROOT / "tools" / "breaks.toml").read_text(encoding="utf-8"))


def make(each, root):
    """Make a break in the copy `root`, in the one place where it belongs."""
    path = root / each["file"]
    before, here, after = "", path.read_text(encoding="utf-8"), ""
    if "cell" in each:
        before, name, rest = here.partition(f'"id": "{each["cell"]}"')
        here, next_cell, after = rest.partition('"cell_type"')
        before, after = before + name, next_cell + after
    changed, count = re.subn(each["old"], each["new"], here)
    if count != 1:
        sys.exit(f"{each['file']}: {each['old']} stands there {count} times: mend it")
    path.write_text(before + changed + after, encoding="utf-8")


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


def run_suite(folder, part=()):
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


def is_caught(name, whole):
    """Make a break in a copy of `whole`, print a line about it, say if it is caught."""
    each, start = BREAKS[name], time.perf_counter()
    print(f"{name:<30}", end="", flush=True)
    broken = whole.with_name(name)
    shutil.copytree(whole, broken)
    make(each, broken)
    failed, output = run_suite(broken, each["run"])
    shutil.rmtree(broken, ignore_errors=True)
    caught = any(each["caught_by"] in test for test in failed)
    words = "caught" if caught else f"{output}\nMISSED"
    others = len(failed) - caught
    seconds = time.perf_counter() - start
    print(f"{words} by {each['caught_by']}, {others} more failed, {seconds:.0f} s")
    return caught


def main(names):
    """Make the breaks that the command line names, or all."""
    if unknown := set(names) - set(BREAKS):
        sys.exit(f"no such break: {', '.join(unknown)}; there are: {', '.join(BREAKS)}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        whole = Path(temporary, "whole")
        copy_working_tree(whole)
        print("the unbroken lesson, whole suite ...", flush=True)
        failed, output = run_suite(whole)
        if failed:
            sys.exit(f"{output}\nThe unbroken lesson fails: mend it first")
        if traces := _git(whole, "ls-files", "-z", "-m", "-o", "--exclude-standard"):
            sys.exit(f"a test run changes {traces!r}")
        missed = [name for name in names or BREAKS if not is_caught(name, whole)]
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
