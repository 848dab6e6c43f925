"""Running spin: Promela to C to a verifier, in a directory of its own that goes when the run is over."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODEL = Path(__file__).parents[3] / "docs" / "model" / "namelatch.pml"
MISSING = "there is no {} here: `apt-get install spin gcc` (Debian and its kin) brings it"
DEPTH = 10_000_000  # of a search: no path is longer, or the verifier says so


class NoSpin(RuntimeError):
    """What the model is run by is not installed. The text is one line that says how to get it."""


class BrokenModel(RuntimeError):
    """Spin, the compiler or the verifier refused the model. The text is what it said."""


def require() -> None:
    """Raise NoSpin where spin or a C compiler is missing."""
    for tool in ("spin", "gcc"):
        if shutil.which(tool) is None:
            raise NoSpin(MISSING.format(tool))
    if not MODEL.exists():
        raise NoSpin(f"the model is not here: {MODEL} comes with the source tree")


@contextmanager
def verifier(defines: tuple[str, ...], flags: tuple[str, ...] = ()) -> Iterator[Path]:
    """A verifier of the model under these definitions, as a path to run. Raises NoSpin, BrokenModel."""
    require()
    with tempfile.TemporaryDirectory(prefix="namelatch-model-") as directory:
        at = Path(directory)
        shutil.copy(MODEL, at)
        shutil.copy(MODEL.with_name("accepts.h"), at)
        run(("spin", *defines, "-a", MODEL.name), at)
        run(("gcc", "-O1", "-w", "-DSAFETY", "-DNOREDUCE", "-DNOFAIR", *flags, "-o", "pan", "pan.c"), at)
        yield at / "pan"


def run(command: tuple[str, ...], at: Path) -> str:
    """What a command prints. Raises BrokenModel when it fails."""
    ended = _run(command, at)
    if ended.returncode or "Error:" in ended.stdout:
        raise BrokenModel(f"{' '.join(command)}: {(ended.stdout + ended.stderr).strip()[-400:]}")
    return ended.stdout


def trail(defines: tuple[str, ...], at: Path) -> str:
    """What the model tells on the way of the trail that its verifier has left; it ends in an error, on purpose."""
    return _run(("spin", "-t", *defines, MODEL.name), at).stdout


def _run(command: tuple[str, ...], at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=at, capture_output=True, text=True, check=False)  # noqa: S603 (ours alone)
