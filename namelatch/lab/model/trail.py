"""The model's own counterexample for `october-2025`, as a schedule of the lab.

Spin searches the model breadth first under the scenario's orderings and the incident's posture until a root follows a
tree that is gone, and tells the steps of that trail. Each is put in the words of a replay (`playing/asks.py`). From
there on the lab knows nothing of the model: the protocol's own coroutines are led along the schedule, and are found
out at the first step at which they ask for anything else.
"""

import re
from dataclasses import dataclass

from coordination.postures import INCIDENT
from namelatch.lab.explorer.explore import NO_FAULTS
from namelatch.lab.model import spin
from namelatch.lab.playing.again import Replayed, replayed
from namelatch.lab.playing.files import Fell, Replay
from namelatch.lab.playing.stage import GOES_ON, Act
from namelatch.lab.scenarios.october_2025 import OCTOBER_2025

AZS = ("a", "b")
NAMES = tuple(sorted(OCTOBER_2025.endpoints))
INVARIANT = "never-empty"
PLANNER = 100
_STEP = re.compile(r"STEP\s+(\d+)\s+(\w+)((?:\s+[ge]\d+)*)")
_DARK = re.compile(r"DARK\s+e(\d+)")
_WORDS = {
    "look": "head",
    "list": "manifests",
    "generations": "generations",
    "depose": "commit DropLeadership()",
    "lead": "acquire TakeLeadership()",
    "reserve": "commit Reserve({g})",
    "publish": "commit Publish({g})",
    "claim": "acquire TakeClaim({g})",
    "release": "release TakeClaim({g})",
    "finish": "commit Finish({g})",
    "drop": "commit DropGeneration({g})",
}
_OF_EACH = {"take": "TakeLock({e})", "enact": "Enact({g} {e})", "unlock": "DropLock({e})"}


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The trail as a replay, whose `fell` is what the model says, and what became of it in the lab."""

    replay: Replay
    replayed: Replayed

    @property
    def agrees(self) -> bool:
        """Whether the invariant falls in the lab at the very step at which it falls in the model."""
        told = next(one for one in self.replayed.compared if one.invariant == INVARIANT)
        return (
            self.replayed.off is None
            and told.now is not None
            and told.was is not None
            and told.was.step == told.now.step
        )


def counterexample() -> Counterexample:
    """The shortest trail of the model, played in the lab. Raises NoSpin, BrokenModel."""
    saved = replay(told())
    return Counterexample(saved, replayed(saved, OCTOBER_2025, INCIDENT))


def told() -> str:
    """What spin tells of the shortest trail to the fall."""
    scenario = OCTOBER_2025
    backwards = scenario.endpoints != NAMES
    asked = (
        *("-DINCIDENT", "-DOCTOBER", "-DNEVER_EMPTY", "-DSHORTEST"),
        f"-DENACTORS={len(scenario.azs)}",
        f"-DENDPOINTS={len(scenario.endpoints)}",
        f"-DPLANS={len(scenario.moves)}",
        f"-DAPPLIED={scenario.applied}",
        f"-DPUBLISHED={scenario.published}",
        f"-DKEEP={scenario.keep}",
        f"-DWALKS_BACK={int(backwards)}",
    )
    with spin.verifier(asked, ("-DBFS",)) as pan:
        spin.run((str(pan), "-E"), pan.parent)
        if not (pan.parent / f"{spin.MODEL.name}.trail").exists():
            raise spin.BrokenModel(f"under the orderings of {scenario.id} no root of the model ever follows nothing")
        return spin.trail(asked, pan.parent)


def replay(text: str) -> Replay:
    """What spin told, as a replay file holds it."""
    acts = tuple(_act(*found) for found in _STEP.findall(text))
    dark = _DARK.search(text)
    if not acts or dark is None:
        raise spin.BrokenModel(f"not a trail to a fall of {INVARIANT}: {text[-400:]}")
    fell = Fell(INVARIANT, len(acts), NAMES[int(dark[1])], "in the model its root follows a tree that is gone")
    return Replay(OCTOBER_2025.id, INCIDENT.name, None, NO_FAULTS, acts, (fell,))


def _act(who: str, call: str, about: str) -> Act:
    generation = next((part[1:] for part in about.split() if part[0] == "g"), "")
    names = [NAMES[int(part[1:])] for part in about.split() if part[0] == "e"]
    if call == "read":
        asks = f"read {','.join(names)}"
    elif call in _OF_EACH:
        asks = " ".join(["commit", *(_OF_EACH[call].format(g=generation, e=name) for name in names)])
    else:
        asks = _WORDS[call].format(g=generation)
    return Act("planner" if int(who) == PLANNER else AZS[int(who)], GOES_ON, asks)
