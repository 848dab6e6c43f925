"""A call in a process of its own: seconds of work that nobody has to wait for, on another core.

The callable goes by its module and name, arguments and result are pickled through pipes, nothing else is shared.
The process is nicer than everything that acts or serves, collects no garbage, since it ends when it is done,
and dies with its parent. What it raises is a bug of ours: its traceback goes to standard error.
"""

import asyncio
import gc
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from namelatch.backends import launch

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

NICER = 10  # than its parent; actors are nicer by 5


class Failed(Exception):
    """The call did not return."""


async def apart(call: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """What `call`, a function at the top of its module, returns. Raises Failed. Cancelled, it kills the process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(Path(launch.__file__)), str(os.getpid())),
        *(sys.executable, "-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # a terminal's Ctrl-C is for us
    )
    try:
        answer, _ = await process.communicate(pickle.dumps((call, arguments)))
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Failed(f"{call.__module__}.{call.__name__} ended with status {process.returncode}, for reasons see above")
    result: T = pickle.loads(answer)  # noqa: S301  (from our own child)
    return result


def main() -> None:
    """The child's side."""
    os.nice(NICER)
    gc.disable()
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    call, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  (from our own parent)
    answers.write(pickle.dumps(call(*arguments)))
    answers.flush()


if __name__ == "__main__":
    main()
