"""A planner's place in the model: what it asks next, and the plan that it has in hand."""

from coordination.intents import DropLeadership, Publish, Reserve
from namelatch.lab.explorer.lives import Place
from namelatch.lab.kernel import Call
from namelatch.lab.model.kept import Kept
from namelatch.lab.model.layout import Row

DEPOSE, LEAD, LOOK, LIST, RESERVE, PUBLISH = range(1, 7)


def of_planner(place: Place) -> Row:
    """Its row."""
    match place.pending:
        case Call("claims", "acquire"):
            return {"at": LEAD}
        case Call("authority", "head"):
            return {"at": LOOK}
        case Call("authority", "manifests"):
            return {"at": LIST}
        case Call("authority", "commit", (batch,)):
            match batch.proposals[0].change:
                case DropLeadership():
                    return {"at": DEPOSE}
                case Reserve(generation):
                    return {"at": RESERVE, "number": generation, "revision": _revision(Kept(place.kept))}
                case Publish(manifest):
                    return {"at": PUBLISH, "number": manifest.generation, "revision": manifest.inputs_revision}
    raise AssertionError(f"the model's planner never asks for {place.pending}")


def _revision(kept: Kept) -> int:
    revision: int = kept.local("publish", "inputs").revision
    return revision
