"""What became of writes whose outcome nobody heard, as far as others saw it. Pure.

Who meets a root at a version that no recorded commit gave it has seen such a write happen, at that revision. Where
only one could have written it, its line is judged as the commit that it was. The others stay unknown: they may have
happened, or not, and nothing is held against anybody for it.
"""

from collections.abc import Sequence

from coordination.lines import Line
from coordination.records import Endpoint
from namelatch.lab.histories.linearizable import Op, Saw, VersionIs
from namelatch.lab.histories.registers import operations

Sight = tuple[float, int | None]  # by when a version had been seen, and of which generation if that was told


def settled(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines, in their places; those that were seen to have committed say so."""
    unheard = [place for place, line in enumerate(lines) if line.get("out") == "unknown"]
    roots = {change[1] for place in unheard for change in lines[place]["changes"] if change[0] == "enact"}
    if not roots:
        return lines
    sights = {endpoint: _sights(ops) for endpoint, ops in operations(lines, roots).items()}
    authors: dict[tuple[Endpoint, int], set[int]] = {}
    for place in unheard:
        for change in lines[place]["changes"]:
            for version, (by, generation) in sights.get(change[1], {}).items() if change[0] == "enact" else ():
                if lines[place]["asked"] <= by and generation in {None, change[2]}:
                    authors.setdefault((change[1], version), set()).add(place)
    revisions: dict[int, set[int]] = {}
    for (_, version), places in authors.items():
        if len(places) == 1:
            revisions.setdefault(next(iter(places)), set()).add(version)
    found = list(lines)
    for place, versions in revisions.items():
        if len(versions) == 1:
            found[place] = lines[place] | {"out": "committed", "revision": versions.pop()}
    return found


def _sights(ops: Sequence[Op]) -> dict[int, Sight]:
    """The versions that were seen at one root and that no recorded commit wrote."""
    written = {op.write.version for op in ops if op.certain and op.write is not None}
    found: dict[int, Sight] = {}
    for op in sorted((op for op in ops if op.certain), key=lambda op: op.answered, reverse=True):
        for check in op.checks:
            match check:
                case Saw(generation, _, _, version) if version and version not in written:
                    found[version] = op.answered, generation
                case VersionIs(version, True) if version and version not in written:
                    found[version] = op.answered, found.get(version, (0.0, None))[1]
    return found
