"""Runs `namelatch` commands, one a line of its input, and answers each with one JSON line.

One is of its own: `leave --ray ADDRESS ROLE` tells a post to leave and no more, as a `down` does that is interrupted.
The variable WORKS_S is the time that `up` gives a post.
"""

import io
import json
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from actors.on_ray.cluster import joined
from namelatch import deploying
from namelatch.boundary import exit_status
from namelatch.cli import cli
from namelatch.loading import load


def leave(address: str, role: str) -> None:
    namespace = load().ray.namespace
    with joined(address, namespace) as cluster:
        import ray

        (name,) = (name for name in cluster.names() if name.role == role)
        ray.get(ray.get_actor(str(name), namespace=namespace).leave.remote())


def run(arguments: Sequence[str]) -> object:
    match arguments:
        case ["leave", "--ray", address, role]:
            return leave(address, role)
        case _:
            works_s = float(os.environ.get("WORKS_S", deploying.WORKS_S))
            with patch.object(deploying, "WORKS_S", works_s):
                return cli.main(arguments, "namelatch", standalone_mode=False)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")  # Ray writes to standard output, too
    os.dup2(2, 1)
    for line in sys.stdin:
        arguments, variables = json.loads(line)
        out, complaints = io.StringIO(), io.StringIO()
        with patch.dict(os.environ, variables), redirect_stdout(out), redirect_stderr(complaints):
            status = exit_status(lambda words=arguments: run(words))  # type: ignore[misc]
        answers.write(json.dumps([status, out.getvalue(), complaints.getvalue()]) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
