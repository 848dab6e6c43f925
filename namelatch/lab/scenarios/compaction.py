"""Who follows is slow, and what it has missed is compacted away: it must find out from a listing what is gone."""

from namelatch.lab.following import follower
from namelatch.lab.phrases import FIPS, REGIONAL, everywhere, publishing, told, wrote
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

COMPACTION = Scenario(
    id="compaction",
    title="Compaction under a watcher",
    story=(
        "A DNS server's follower stands at plan 1. Plan 2 changes both endpoints, plan 3 removes one, old trees are "
        "collected. Whenever it looks, its watch has been compacted: it lists, and must notice the removal in what is "
        "no longer there."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved(), Moved((), removed=(REGIONAL,))),
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    others=lambda _: (follower(compacted=True),),
    rule=told(Wait(publishing(3), wrote("a", 2)), Wait(When("collector"), When("a", "Finish", 3, committed=True))),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "The follower lists roots and trees at one revision and takes away what the listing does not have: a "
        "removal is found without its event. No posture has a part in it."
    ),
    sometimes=("told: followed", "told: served removed", "told: collected"),
    never=("told: served otherwise", "told: served dangling"),
)
