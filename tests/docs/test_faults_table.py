"""The table of faults in docs/reliability.md names tests that there are."""

import re
import subprocess
import sys

from tests.docs.test_docs import ROOT, table, text

FAULTS = 21
NAMED = re.compile(r"`(tests/[^`]+\.py::[^`]+)`")


def rows() -> dict[str, list[str]]:
    return table(text("docs/reliability.md"), "| # | fault | promise | test |")


def test_each_of_the_faults_has_a_promise_and_a_test() -> None:
    told = rows()
    assert [number for number in told if number != "-"] == [str(number) for number in range(1, FAULTS + 1)]
    assert all(promise and NAMED.search(named) for _, promise, named in told.values())


def test_every_test_that_the_table_names_is_there() -> None:
    named = {one for *_, cell in rows().values() for one in NAMED.findall(cell)}
    files = sorted({one.partition("::")[0] for one in named})
    assert all((ROOT / file).exists() for file in files)
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    ).stdout.splitlines()
    there = {line.strip() for line in collected}
    whole = {line.partition("[")[0] for line in there}
    assert sorted(one for one in named if one not in there and (one not in whole or "[" in one)) == []
