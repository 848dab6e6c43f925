"""What `check --save` leaves: for each invariant that fell, a replay file and a diagram of its shortest trace."""

from collections.abc import Iterator
from pathlib import Path

from namelatch.lab.checked import Checked
from namelatch.lab.composed import parts
from namelatch.lab.playing.files import Replay, written
from namelatch.lab.playing.traces import Trace
from namelatch.lab.telling.diagram import diagram


def save(found: Checked, directory: Path) -> Iterator[Path]:
    """Write them; the paths written. Raises OSError."""
    actors = [process.name for process in found.start.processes]
    for trace in found.traces:
        stem = f"{found.scenario.id}.{found.posture.name.replace(':', '.')}.{trace.invariant}"
        drawn = diagram(trace.steps, found.scenario.endpoints, actors)
        for path, text in (
            (directory / f"{stem}.json", written(_replay(found, trace))),
            (directory / f"{stem}.mmd", "\n".join(drawn) + "\n"),
        ):
            path.write_text(text, encoding="utf-8")
            yield path


def _replay(found: Checked, trace: Trace) -> Replay:
    like, safeguards = parts(found.posture)
    return Replay(found.scenario.id, like, safeguards, found.start.budget, trace.acts, trace.fell)
