"""Posts a run's roles in its Ray cluster, by the code of `namelatch up --ray`.

    python -m namelatch.chaos.posting ADDRESS RECORDS

The settings come from the environment. Ends with status 0 once every post has reached etcd, else with 2 and one line.
A process of its own: a driver of a Ray cluster does not outlive what a run does to it.
"""

import asyncio
import sys

from namelatch import log
from namelatch.chaos.posts import turned
from namelatch.deploying import deploy
from namelatch.loading import load
from namelatch.trouble import Trouble


class Said:
    """Progress, one line each."""

    def say(self, line: str) -> None:
        """At once."""
        print(line, flush=True)


def main(address: str, records: int) -> int:
    """Post everything; the exit status."""
    log.configure("error")
    try:
        asyncio.run(deploy(address, load(), Said(), lambda settings: turned(settings, records)))
    except Trouble as trouble:
        print(trouble, flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
