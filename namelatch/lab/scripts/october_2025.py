"""The incident as the record tells it, in its nine steps: two locks lost in a row, the crossing, the wedge, the repair.

The order of events is that of AWS's post-event summary and of the talk by the DynamoDB team (docs/postures.md). Ours
are the numbers of the plans, that `a` loses its locks to `b` while `b` enacts the same plan, and what the last step
writes: the record does not say how the records were restored.
"""

from coordination.intents import Batch, Enact, Proposal
from coordination.plan import Generation
from namelatch.lab.kernel import Begin
from namelatch.lab.phrases import FIPS, REGIONAL
from namelatch.lab.playing.script import Script, Turn
from namelatch.lab.ports import AskingAuthority
from namelatch.lab.processes import Process
from namelatch.lab.rules import When
from namelatch.lab.scenarios.october_2025 import NEW, OLD
from namelatch.lab.scenarios.october_2025 import OCTOBER_2025 as SCENARIO
from namelatch.lab.world import allocate

NEXT = Generation(NEW + 1)


async def repair() -> None:
    """What people do by hand: point each name at the newest plan's addresses, with no rollback to refuse it."""
    for endpoint in (REGIONAL, FIPS):
        change = Enact(endpoint, NEXT, allocate(endpoint, NEXT), None, "operator")
        await AskingAuthority().commit(Batch((Proposal(change),)))


def _begin(_: int) -> Begin:
    return repair


def _at_regional(does: str, generation: Generation | None = None) -> When:
    return When(None, does, generation, REGIONAL)


OCTOBER_2025 = Script(
    scenario=SCENARIO,
    posture="incident",
    title="October 2025, step by step",
    source="AWS's post-event summary and the DynamoDB team's talk",
    chapters=(
        "Enactor a passes the one-time check for an old plan, then loses locks many times and falls behind.",
        "The planner goes on producing plans.",
        "Enactor b takes a newer plan and is through all endpoints at once.",
        "b finishes, and its clean-up selects plans that are many generations older than its own.",
        "Meanwhile a wins the regional endpoint's lock and writes the old plan over the newer one.",
        "b's clean-up deletes the old plan.",
        "The root follows a tree that is gone: all addresses vanish, and nobody wrote an empty record.",
        "Every later plan must set the rollback to what is there; that is gone, so every enactor is refused: wedged.",
        "People repair the records by hand.",
    ),
    turns=(
        Turn("b", When(does="TakeClaim", generation=OLD)),
        Turn("a", When(does="TakeClaim", generation=OLD), chapters=((1, "the one-time check passes: 1 is applied"),)),
        Turn("b", _at_regional("TakeLock")),
        Turn("a", _at_regional("TakeLock"), "refused", ((1, "loses the lock"),)),
        Turn("a", _at_regional("TakeLock"), "refused", ((1, "loses it again, and backs off"),)),
        Turn("b", When(does="Finish", generation=OLD)),
        Turn("planner", When(does="Publish", generation=Generation(OLD + 1)), chapters=((2, "a newer plan"),)),
        Turn("planner", When(does="Publish", generation=NEW), chapters=((2, "and another"),)),
        Turn("b", _at_regional("Enact", NEW), chapters=((3, "b is through all endpoints"),)),
        Turn("b", When(does="Finish", generation=NEW)),
        Turn("b", When(does="generations"), "read", ((4, "the clean-up selects its victims"),)),
        Turn("a", _at_regional("TakeLock"), chapters=((5, "a wins the lock"),)),
        Turn("a", _at_regional("Enact", OLD), chapters=((5, "the old plan over the newer one"),)),
        Turn("b", When(does="DropGeneration", generation=Generation(OLD - 1))),
        Turn(
            "b",
            When(does="DropGeneration", generation=OLD),
            chapters=((6, "the old plan is deleted"), (7, "the root follows what is gone")),
        ),
        Turn("planner", When(does="Publish", generation=NEXT)),
        Turn("b", _at_regional("Enact", NEXT), "refused", ((8, "refused: no tree to roll back to"),)),
        Turn("b", _at_regional("DropLock"), chapters=((8, "b is wedged"),)),
        Turn("a", _at_regional("Enact", NEXT), "refused", ((8, "refused alike"),)),
        Turn("a", _at_regional("DropLock"), chapters=((8, "a is wedged"),)),
        Turn("operator", _at_regional("Enact", NEXT), chapters=((9, "the regional name answers again"),)),
        Turn("operator", When(does="Enact", endpoint=FIPS), chapters=((9, "and the other one"),)),
        Turn("b", When(does="Finish", generation=NEXT), chapters=((9, "the automation goes on"),)),
    ),
    others=(Process("operator", _begin),),
)
