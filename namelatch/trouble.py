"""What the person at the keyboard can mend: one line, no traceback, exit status 2.

The text says what is wrong, where, and what to do about it. Anything else that reaches the top is a bug of
ours and keeps its traceback.
"""

import signal


class Trouble(Exception):
    """Something outside the program stands in its way. The text is one line."""


class Misuse(Trouble):
    """The command line or the configuration asks for what can't be."""


class BadEnvironment(Trouble):
    """The machine lacks something: a package, a port, a directory, a part that starts."""


class Interrupted(BaseException):
    """Ended by a signal, after cleaning up. `exit_status` is the shell's convention: 128 + the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.exit_status = 128 + number
