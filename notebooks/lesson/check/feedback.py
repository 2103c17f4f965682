"""What a check says: three verdicts, and the exceptions that lead to them."""

import dataclasses
import html
import re

RIGHT = "Right."
WRONG = "Not yet."
BLANK = "Not attempted yet."

AS_FOUND = "The cell is still as you found it."  # where it has no blanks

# The verdict stands there in words; the colour is only added to it
COLORS = {RIGHT: "#029e73", WRONG: "#d55e00", BLANK: "#808080"}


@dataclasses.dataclass(frozen=True, repr=False)
class Feedback:
    """What a check says of an answer. It is true if the answer is right.

    Examples
    --------
    >>> said = Feedback(WRONG, "Try `np.log`.")
    >>> said
    Not yet. Try `np.log`.
    >>> bool(said)
    False
    """

    verdict: str  # RIGHT, WRONG or BLANK
    reason: str  # why; code in it stands in backticks

    def __bool__(self):
        """Say if the answer is right."""
        return self.verdict == RIGHT

    def __repr__(self):
        """Return the verdict and the reason as plain text."""
        return f"{self.verdict} {self.reason}"

    def _repr_html_(self):
        reason = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(self.reason))
        return (
            f'<p style="border-left: 5px solid {COLORS[self.verdict]}; '
            f'padding-left: 8px"><strong>{self.verdict}</strong> {reason}</p>'
        )


class NotYet(Exception):
    """An answer is wrong; the message says what is wrong, and where to look."""


class Unchanged(Exception):
    """The cell holds what it held before the learner came; the message says so."""
