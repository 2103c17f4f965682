"""Say in one sentence why the lesson cannot be installed with this Python.

The Makefile runs this before it installs anything, so it must run on any Python from
2.7 on. Its limits are those of TensorFlow's packages, see `requirements.txt`.

    python check_python.py                  end with the sentence, or with nothing
    python check_python.py --version        print this Python's version, such as 3.12
    python check_python.py --done           (in .venv) note that it is installed whole
    python check_python.py --ready [3.12]   (in .venv) fail unless it is whole, is what
                                            requirements.txt says, and of that version
"""

# ruff: noqa: UP024, UP031  (old Pythons have to be able to read this)

import hashlib
import os
import platform
import shutil
import sys
import sysconfig

OLDEST, NEWEST = (3, 11), (3, 13)
# What platform.system() and platform.machine() say where TensorFlow has packages
SUPPORTED = (
    ("Linux", "x86_64"),
    ("Linux", "aarch64"),
    ("Darwin", "arm64"),
    ("Windows", "AMD64"),
)
OLDEST_GLIBC = (2, 28)
NEEDED_GB = 4  # 3 to stay, the rest while pip unpacks

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOCK = os.path.join(ROOT, "requirements.txt")
NOTE = os.path.join(sys.prefix, "ready")
BINDER = "open the lesson on Binder, as the README says, or use another machine"
SENTENCES = {
    "version": """{python} does not run TensorFlow, which needs 3.11, 3.12 or 3.13:
        install Python 3.12 beside it and name it, as in
        `make lab PYTHON=python3.12`.""",
    "kind": """TensorFlow does not run on the {kind} {python}: install the usual
        Python 3.12 and name it, as in `make lab PYTHON=python3.12`.""",
    "Intel": """TensorFlow no longer runs on Macs with an Intel processor: {binder}. (Is
        yours an Apple M1 or later? Then install Python 3.12 for Apple silicon: this one
        is for Intel.)""",
    "Arm": """TensorFlow does not run on Windows on Arm: use the lesson in the Linux of
        WSL 2, or on Binder, as the README says.""",
    "bits": """TensorFlow needs a 64-bit Python, and this one has {bits}: install the
        64-bit Python 3.12; if your system is not a 64-bit one, {binder}.""",
    "platform": "TensorFlow does not run on {system} on {machine}: {binder}.",
    "Alpine": """TensorFlow needs a Linux with the C library glibc, and this
        one, perhaps Alpine, has another: use Debian, Ubuntu or Fedora, or a
        container of one.""",
    "glibc": """This Linux is too old, since its glibc is {glibc[0]}.{glibc[1]} and
        TensorFlow needs 2.28 or later: {binder}.""",
    "venv": """{python} cannot make an environment, since its module venv is missing:
        install it, on Debian and Ubuntu with
        `sudo apt install python{version[0]}.{version[1]}-venv`.""",
    "room": """The lesson's packages need {needed} GB of disk space, and only
        {free_gb:.1f} are free: make room, or open the lesson on Binder, as the README
        says.""",
}


def problem(
    version,  # Python's major and minor
    system="Linux",  # this and the next as the module `platform` names them
    machine="x86_64",
    bits=64,  # this program's, which need not be the processor's
    glibc=OLDEST_GLIBC,  # None where the C library is another
    kind="CPython",  # or "PyPy" and so on, or "free-threaded"
    has_venv=True,  # whether Python's own modules venv and ensurepip are installed
    free_gb=NEEDED_GB,
):
    """Return one sentence that says what to do instead of installing, or None."""
    facts = dict(locals(), binder=BINDER, needed=NEEDED_GB)
    facts["python"] = "Python %s.%s" % version
    for name, is_so in (
        ("version", not OLDEST <= version <= NEWEST),
        ("kind", kind != "CPython"),
        ("Intel", (system, machine) == ("Darwin", "x86_64")),
        ("Arm", (system, machine) == ("Windows", "ARM64")),
        ("bits", bits != 64),
        ("platform", (system, machine) not in SUPPORTED),
        ("Alpine", system == "Linux" and glibc is None),
        ("glibc", system == "Linux" and (glibc or OLDEST_GLIBC) < OLDEST_GLIBC),
        ("venv", not has_venv),
        ("room", free_gb < NEEDED_GB),
    ):
        if is_so:
            return " ".join(SENTENCES[name].format(**facts).split())
    return None


def this_machine():
    """Return the arguments of `problem` for the Python that runs this."""
    facts = {
        "version": sys.version_info[:2],
        "system": platform.system(),
        "machine": platform.machine(),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "glibc": None,  # which Linux alone may have
        "kind": platform.python_implementation(),
    }
    if facts["system"] == "Linux":
        library, number = platform.libc_ver()
        if library == "glibc":
            facts["glibc"] = tuple(int(part) for part in number.split(".")[:2])
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        facts["kind"] = "free-threaded"
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        facts["has_venv"] = False
    # An environment that is there makes room for the next
    if facts["version"] >= OLDEST and not os.path.exists(os.path.join(ROOT, ".venv")):
        facts["free_gb"] = shutil.disk_usage(ROOT).free / 1e9
    return facts


def installed():
    """Return what `--done` notes: Python's version, and the lock that was installed."""
    with open(LOCK, "rb") as file:
        # Without line ends, which Git may change on Windows
        lock = hashlib.sha256(b"".join(file.read().split())).hexdigest()
    return "%s.%s %s" % (sys.version_info[:2] + (lock,))


def main(arguments):
    """Do what the command line asks for, see above; return the exit status."""
    if arguments[:1] == ["--version"]:
        print("%s.%s" % sys.version_info[:2])
        return 0
    if arguments[:1] == ["--done"]:
        with open(NOTE, "w") as file:
            file.write(installed())
        return 0
    if arguments[:1] == ["--ready"]:
        try:
            with open(NOTE) as file:
                note = file.read()
        except (IOError, OSError):
            return "not installed, or not to the end"
        wanted = arguments[1:] or [note.split(" ")[0]]
        return 0 if note == installed() and note.split(" ")[0] in wanted else "outdated"
    sentence = problem(**this_machine())
    return sentence and "The lesson cannot be installed here. " + sentence


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
