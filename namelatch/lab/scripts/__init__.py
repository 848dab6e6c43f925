"""The catalogue of scripts: one file each, one entry each here."""

from namelatch.lab.playing.script import Script
from namelatch.lab.scripts.october_2025 import OCTOBER_2025

SCRIPTS: tuple[Script, ...] = (OCTOBER_2025,)


def script(scenario: str) -> Script | None:
    """The script that tells a scenario's story, if there is one."""
    return next((one for one in SCRIPTS if one.scenario.id == scenario), None)
