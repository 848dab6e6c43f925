"""Where every error ends: what people can mend becomes one line and status 2, a bug keeps its traceback.

Status 0: as it should be. 1: the outcome is not as the record says. 2: misuse or environment. 70 (sysexits.h,
EX_SOFTWARE): a bug of ours. 130 and its like: ended by a signal, after cleaning up.
"""

import os
import sys
import traceback
from collections.abc import Callable

import click

from namelatch.trouble import Interrupted, Trouble

OUTCOME = 1
MISUSE = 2
BUG = 70
INTERRUPTED = 130


def exit_status(command: Callable[[], object]) -> int:
    """Run `command` and turn however it ends into an exit status and at most one line on standard error."""
    try:
        ended = command()
        sys.stdout.flush()
        return ended if isinstance(ended, int) else 0
    except Trouble as trouble:
        return _say(str(trouble), MISUSE)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return MISUSE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "namelatch"
        return _say(f"{error.format_message()} (try: {path} --help)", MISUSE)
    except click.ClickException as error:
        return _say(error.format_message(), MISUSE)
    except Interrupted as interrupted:
        return _say(str(interrupted), interrupted.exit_status)
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone: keep the interpreter's own last flush from failing again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUTCOME
    except Exception:
        traceback.print_exc()
        return _say("this is a bug in namelatch: please report the lines above with 'namelatch version'", BUG)


def _say(line: str, status: int) -> int:
    print(f"namelatch: {' '.join(line.split())}", file=sys.stderr)
    return status
