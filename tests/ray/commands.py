"""Runs `namelatch` commands, one a line of its input, and answers each with one JSON line."""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from namelatch.boundary import exit_status
from namelatch.cli import cli


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")  # Ray writes to standard output, too
    os.dup2(2, 1)
    for line in sys.stdin:
        arguments, variables = json.loads(line)
        out, complaints = io.StringIO(), io.StringIO()
        with patch.dict(os.environ, variables), redirect_stdout(out), redirect_stderr(complaints):
            status = exit_status(lambda words=arguments: cli.main(words, "namelatch", standalone_mode=False))  # type: ignore[misc]
        answers.write(json.dumps([status, out.getvalue(), complaints.getvalue()]) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
