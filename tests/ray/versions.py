"""The next version of this program, as a tree of its own: another number, and a plan format with one line more.

What it writes this version can't read, what this version wrote it can. Each edit must find its place exactly once.
"""

import shutil
from pathlib import Path

from namelatch.sources import PACKAGES
from tests.ray.nodes import ROOT

NEXT = "9.9.9"
FORMAT = 2
_EDITS = (
    ("FORMAT = 1\n", "FORMAT = 2\n"),
    ("    data = (", '    lines.append("# made by the next")\n    data = ('),
    ("if int(version) != FORMAT:", "if int(version) not in (1, FORMAT):"),
    (
        "    if len(lines) - 1 != count:",
        '    if lines[-1].startswith("#"):\n        lines.pop()\n    if len(lines) - 1 != count:',
    ),
)


def next_version(directory: Path) -> Path:
    """Write it into `directory`; what PYTHONPATH has to name for it."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, directory / package, ignore=shutil.ignore_patterns("__pycache__"))
    codec = directory / "coordination" / "codec.py"
    text = codec.read_text()
    for old, new in _EDITS:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {codec}"
        text = text.replace(old, new)
    codec.write_text(text)
    about = directory / f"namelatch-{NEXT}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: namelatch\nVersion: {NEXT}\n")
    return directory
