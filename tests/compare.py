"""Compares texts that hold numbers: word for word, and number for number.

Two runs on one machine write the same digits. Two processors round differently, so a
number that follows from shipped weights may differ by one in its last digit; one that
follows from training in the run itself, by the spread between correct runs.
"""

import re

from lesson.data import CLASS_NAMES
from lesson_files import BACKEND

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w]|\.\d)")
# A class, perhaps in the name of a photo
CLASS = re.compile(rf"\b(?:{'|'.join(CLASS_NAMES)})(?:s\b|_\d+\.jpg|\b)")
# Which settings go on to the next round follows from the results of the one before
LATER_ROUND = re.compile(r"(?<=\d: ).*(?=, epochs=[2-9])")
# How long something took: fit's log, run_all's log, a column of a table
TIMES = re.compile(
    r"\b\d+s - \d+(?:ms|us|s)/(?:step|epoch)|\b\d+ s\b|\b[\d.]+ milliseconds\b"
)
# Counts that no training changes: of epochs and steps in fit's log, and of images
COUNTED = re.compile(
    r"Epoch \d+/\d+|\b\d+/\d+(?= - )|Trained on: .*"
    r"|\b(?:with|on|the) [\d,]+ (?:test )?(?:photos|images)\b"
)
TIMED_TABLE = re.compile(r"(?m)^ .*\b(?:seconds|time)\b")

# The spread of numbers between trainings; other backends begin with other weights
SPREAD = 0.25 if BACKEND == "tensorflow" else 0.4


def differences(committed, now, trained=False):
    """Return in words where two texts differ by more than they may.

    With `trained`, numbers may differ as much as two correct runs do, as may the
    classes that are named, the lengths of rows of numbers, and the order of lines.
    """
    before, after = _lines(committed, trained), _lines(now, trained)
    found = []
    if len(before) != len(after):
        found.append(f"{len(before)} lines became {len(after)}")
    timed = trained and TIMED_TABLE.search(committed)
    for old, new in zip(before, after, strict=False):
        if _words(old, trained) != _words(new, trained):
            found.append(f"{_short(old)}\nbecame\n{_short(new)}")
        elif not timed:
            one, other = NUMBER.findall(old), NUMBER.findall(new)
            for a, b in zip(one, other, strict=True) if len(one) == len(other) else ():
                if not _near(a, b, trained):
                    found.append(f"{a} became {b}, in: {_short(old)}")
                    break
    return found


def _lines(text, trained):
    if trained:
        text = LATER_ROUND.sub("settings", text)
        # Words, of which none may differ: "Epoch_4_10"
        text = COUNTED.sub(lambda count: re.sub(r"\W", "_", count[0]), text)
    lines = TIMES.sub("", text).splitlines()
    return sorted(lines, key=lambda line: _words(line, True)) if trained else lines


def outline(figure):
    """Return what of a figure is the same in each training: panels, axes, things."""
    axes = re.compile(r'(panel \d+): title ".*", (x ".*", y ".*")')
    lines = [axes.sub(r"\1, \2", line) for line in figure.splitlines()]
    moving = re.compile(r", \d+ points|(?<=text at) .*")  # with the results
    lines = [moving.sub("", line.partition(":")[0]) for line in lines]
    return "\n".join(lines)


def _words(line, trained):
    """Return a line without its numbers."""
    line = NUMBER.sub("#", line)
    if trained:
        line = CLASS.sub("<class>", line)
        line = re.sub(r"#(?: #)+", "# #", line)
    return re.sub(r"[ ─-]+", " ", line)  # columns are as wide as their numbers


def _near(one, other, trained):
    unit = 10.0 ** -len(one.partition("e")[0].partition(".")[2])
    if "e" in one:
        unit *= 10.0 ** int(one.partition("e")[2])
    a, b = (float(each.replace(",", "")) for each in (one, other))
    allowed = 1.01 * unit
    if trained:
        largest = max(abs(a), abs(b))
        spread = 0.12 + SPREAD * largest if unit < 1 else 3 + 2 * SPREAD * largest
        allowed += min(spread, 0.8 * largest)  # small ones: up to five times as much
    return abs(a - b) <= allowed


def _short(line):
    return line if len(line) < 200 else line[:200] + " ..."
