"""Why each survivor lives: one entry a mutant or some that live for one reason. A survivor without one is an error.

A mutant is named by its key, another once the lines that it is about change: then its reason speaks of nothing,
and that is an error too. `covered` names the tests that see what the lab has nothing for.

Longer than other files: it is one table, looked up by key, and a survivor's reason is found by searching one place.
"""

from dataclasses import dataclass
from typing import Literal

from namelatch.lab.mutants.mutant import Mutant

Kind = Literal["equivalent", "work only", "not modelled"]
KINDS: dict[Kind, str] = {
    "equivalent": "No run of the protocol can tell these from the original.",
    "work only": "These do more or less work, or the same in another order, and nothing else.",
    "not modelled": "The lab has nothing in which these could show.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Mutants of one function, by their keys, and why the lab can't kill them."""

    file: str
    function: str
    kind: Kind
    why: str
    keys: tuple[str, ...]
    covered: str = ""

    def fits(self, mutant: Mutant) -> bool:
        """Whether it speaks of that mutant."""
        return (mutant.file, mutant.function) == (self.file, self.function) and mutant.key in self.keys


REASONS: tuple[Reason, ...] = (
    # --- actors/enactor.py --------------------------------------------------------------------------------------------
    Reason(
        "actors/enactor.py",
        "GIVES_UP",
        "work only",
        "the claim goes a round later all the same: when it next begins, or finds the newest plan applied",
        ("8300b4c89f04", "e892fb491aae"),
        "tests/actors/test_roles.py",
    ),
    Reason(
        "actors/enactor.py",
        "enact",
        "work only",
        ("what is told is the other reason; in either case it is not finished, and the claim that was lost is gone"),
        ("22e9ca17b76b",),
    ),
    Reason(
        "actors/enactor.py",
        "_begin",
        "work only",
        (
            "only where its claim was lost and it begins the same plan again: it lets go of the new "
            "claim, is fenced at its first write and begins anew"
        ),
        ("1b1d46b7aef0",),
    ),
    Reason(
        "actors/enactor.py",
        "_begin",
        "equivalent",
        "whoever begins, begins the newest plan that it has just seen: it is no generation behind",
        ("f48985ac6186",),
    ),
    Reason(
        "actors/enactor.py",
        "_narrow",
        "work only",
        (
            "the claim on a plan just finished protects nothing that is needed; it only delays a "
            "collection until the next beginning"
        ),
        ("1eb55846e535",),
    ),
    Reason(
        "actors/enactor.py",
        "_narrow",
        "equivalent",
        "a claim's fence is looked at only when the same plan is begun again, and a finished one is not",
        ("76d4a5d3eadf", "d846c0c3a366"),
    ),
    Reason(
        "actors/enactor.py",
        "_narrow",
        "work only",
        "once its plan is applied nothing depends on its claim: the next beginning takes another",
        ("a8c0558af1a8", "9ebda174bef8"),
    ),
    Reason(
        "actors/enactor.py",
        "_acquire",
        "work only",
        "where the place is taken as well, the next attempt meets the retired plan alone",
        ("89de61d1b171", "6af7073821a2"),
    ),
    Reason(
        "actors/enactor.py",
        "_settle",
        "equivalent",
        "of two tokens one is greater, or they are the same: one of the two branches at most",
        ("d0d4c4a0b642",),
    ),
    Reason(
        "actors/enactor.py",
        "_walk_order",
        "equivalent",
        "who walks in one order starts at nought",
        ("047b5341ec9b",),
    ),
    Reason(
        "actors/enactor.py",
        "_finish",
        "work only",
        "everything that the plan asks for is done: that it is applied is true, whoever says it",
        ("21cb43431b20",),
    ),
    Reason(
        "actors/enactor.py",
        "_record_finish",
        "work only",
        "after a hint out of date it looks at the head before it tries again",
        ("4ab0a16f291f",),
    ),
    Reason(
        "actors/enactor.py",
        "_record_finish",
        "work only",
        "it is told as fenced and not as retired; both end it and give up the claim",
        ("3aa15708aa6b",),
    ),
    Reason(
        "actors/enactor.py",
        "_record_finish",
        "equivalent",
        "nothing follows in the loop",
        ("6b67c569d8c2", "e50fd42eb810"),
    ),
    Reason(
        "actors/enactor.py",
        "_record_finish",
        "work only",
        "it tries again until its attempts are used up, and then ends all the same",
        ("1ea1c03a815a",),
    ),
    # --- actors/walk.py -----------------------------------------------------------------------------------------------
    Reason(
        "actors/walk.py",
        "Walk._advance",
        "equivalent",
        "two reads that do not depend on one another",
        ("0cd6d0857f3f",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._advance",
        "work only",
        "further rounds of nothing: no change, no read",
        ("3036ae89a74e", "c7b53191bfbb", "acf4d2805671"),
    ),
    Reason(
        "actors/walk.py",
        "Walk._reached",
        "equivalent",
        "one plan gives a name one thing: records, or none",
        ("5fea4eeff9b1",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._commit",
        "not modelled",
        "in the lab all changes of a batch go into one transaction",
        ("6a7e75b00c80",),
        "tests/actors/test_batches.py",
    ),
    Reason(
        "actors/walk.py",
        "Walk._commit_one",
        "work only",
        "what another endpoint of the batch lost makes this one look again, too",
        ("9bdb29f6b879",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._must_go_on",
        "work only",
        "where the claim and more is lost, the next batch meets the claim alone",
        ("0899be2a24cd",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._lost",
        "equivalent",
        "only counts are told apart",
        ("6a18aa82ac76", "f0b4e742d5f7"),
    ),
    Reason(
        "actors/walk.py",
        "Walk._lost",
        "work only",
        "the lock goes with the others when the walk ends",
        ("831b68d93b24",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._take_locks",
        "work only",
        "a lock that may be its own is dropped after the next try, and taken a round later",
        ("c9affeac3171",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._take_locks",
        "work only",
        "after a hint out of date it tries again at once",
        ("35bc6e86ba18",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._take_locks",
        "not modelled",
        "in the lab all locks go into one transaction",
        ("21913a26e6dd",),
        "tests/actors/test_batches.py",
    ),
    Reason(
        "actors/walk.py",
        "Walk._drop_lock",
        "equivalent",
        "after a lost reply it still holds, or is unsure of, what it did before",
        ("df05e3ac3a02",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._drop_lock",
        "equivalent",
        "neither depends on the other",
        ("6a7f58339e97",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._drop_lock",
        "work only",
        "it asks once more for a lock that it does not hold",
        ("6b4f0ab1ad0a",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._drop_lock",
        "equivalent",
        "a lost reply has returned before",
        ("31456a03af49",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._refused",
        "work only",
        "the lock goes with the others when the walk ends",
        ("9584f435036d",),
    ),
    Reason(
        "actors/walk.py",
        "Walk._refused",
        "work only",
        "every further endpoint is refused as well; then it is not finished, for a newer plan is",
        ("647ed67fb204", "4703a837273a"),
    ),
    # --- actors/collector.py ------------------------------------------------------------------------------------------
    Reason(
        "actors/collector.py",
        "sweep",
        "equivalent",
        "who sweeps by reference is the collector, and brings its memory",
        ("b7ce71a7aa0d",),
    ),
    Reason(
        "actors/collector.py",
        "_victims",
        "equivalent",
        "nothing is older than the oldest plan, nor than 1: trees go with their plan, in one deletion",
        ("6c9f8beed2d5", "967ff0763107"),
    ),
    Reason(
        "actors/collector.py",
        "_drop_generation",
        "equivalent",
        "no safeguard has a shared condition for one who has neither claim nor plan",
        ("2b9bfdaf35fd",),
    ),
    Reason(
        "actors/collector.py",
        "_drop_generation",
        "equivalent",
        "what it returns is only counted",
        ("7e246bc2ac1f", "559edf91ebf3", "bbc9f47d6eea"),
    ),
    Reason(
        "actors/collector.py",
        "finish_and_sweep",
        "equivalent",
        "what is swept is older than what was just applied",
        ("b69a57db907e", "75a909564f90"),
    ),
    Reason(
        "actors/collector.py",
        "finish_and_sweep",
        "equivalent",
        "the transaction is made by then: this list is only told and counted",
        ("f5fe5d4073be", "5d61b529ecf8", "d4ac0dcec68e", "b5074ecd2c1e"),
    ),
    Reason(
        "actors/collector.py",
        "finish_and_sweep",
        "work only",
        "after a hint out of date it looks at the head before it tries again",
        ("23c43aaefc66",),
    ),
    Reason(
        "actors/collector.py",
        "finish_and_sweep",
        "equivalent",
        "nothing follows in the loop",
        ("2813f96b05f7", "ca327e9c8580"),
    ),
    Reason(
        "actors/collector.py",
        "finish_and_sweep",
        "equivalent",
        "only what is told is less",
        ("c425d8b98c20",),
    ),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "something is applied, so there is a newest plan",
        ("8e7c648d3521",),
    ),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "only what is told is less",
        ("4634f9b3771e",),
    ),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "the newest plan is never retired: it is alive",
        ("06bd17fbac15",),
    ),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "nothing is older than the first plan",
        ("abe5129e5f8b",),
    ),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "what is forgotten of a generation that is gone is not asked for again in the pass",
        ("db7551aa0604", "f8d56e96d091"),
    ),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "two reasons to leave a generation out, in either order",
        ("bbd62d732d20",),
    ),
    Reason(
        "actors/collector.py",
        "_unneeded",
        "equivalent",
        "the collector sweeps only once something is applied",
        ("a1ae8add8c78",),
    ),
    Reason(
        "actors/collector.py",
        "_oldest_needed",
        "equivalent",
        "there is no plan of no generation",
        ("52625006e7a8",),
    ),
    Reason(
        "actors/collector.py",
        "_retire",
        "equivalent",
        "no safeguard has a shared condition for one who has neither claim nor plan",
        ("ec64b9e58cdf",),
    ),
    Reason(
        "actors/collector.py",
        "_retire",
        "equivalent",
        "no safeguard refuses that a plan is retired",
        ("2c96d51e9b10",),
    ),
    Reason(
        "actors/collector.py",
        "_drop_trees",
        "equivalent",
        "it is only asked whether any was missed",
        ("8aef6b6ae3bc",),
    ),
    Reason(
        "actors/collector.py",
        "_Roots.__init__",
        "equivalent",
        "fields in another order",
        ("c1a9ae4a4e42", "129922873611"),
    ),
    Reason(
        "actors/collector.py",
        "_Roots.of",
        "equivalent",
        "a tree has a root: none is looked for beyond the last",
        ("a1c6de9ab289",),
    ),
    Reason(
        "actors/collector.py",
        "_Roots.of",
        "equivalent",
        "neither depends on the other",
        ("96f03a2330b5", "7800f2bcfcab"),
    ),
    Reason(
        "actors/collector.py",
        "_drop",
        "work only",
        (
            "after a hint out of date it tries again at once; and a batch of which nothing is left is "
            "committed as nothing"
        ),
        ("3a22dea4dd0a",),
    ),
    Reason(
        "actors/collector.py",
        "_drop",
        "work only",
        "the other batches go with the next pass",
        ("8fa120892686",),
    ),
    # --- actors/planner.py --------------------------------------------------------------------------------------------
    Reason(
        "actors/planner.py",
        "lead",
        "equivalent",
        "a function that ends returns None",
        ("84880d11dbd1",),
    ),
    Reason(
        "actors/planner.py",
        "publish",
        "not modelled",
        "in the lab a plan is always in turn",
        ("9a49291550ac",),
        "tests/actors/test_roles.py",
    ),
    Reason(
        "actors/planner.py",
        "publish",
        "equivalent",
        ("for a full plan it has asked for everything, and then the source says of nothing that it alone has changed"),
        ("b4cdd728d4f8",),
    ),
    Reason(
        "actors/planner.py",
        "publish",
        "not modelled",
        "who published a plan is for people to read; nobody decides by it",
        ("ee863fe2202b",),
    ),
    Reason(
        "actors/planner.py",
        "publish",
        "equivalent",
        "nobody looks at what it returns",
        ("6a7268a19c98",),
    ),
    Reason(
        "actors/planner.py",
        "_inputs",
        "equivalent",
        "a revision is lower or the same: one of the two at most",
        ("5d81ee88b1fd",),
    ),
    Reason(
        "actors/planner.py",
        "_plan",
        "equivalent",
        "a plan has no base just where the source says of nothing that it alone has changed",
        ("189a87eed032", "dba4cb90a0a8", "10476a0edae0"),
    ),
    Reason(
        "actors/planner.py",
        "_plan",
        "not modelled",
        "the lab's source lists no name as changed that it takes down",
        ("ec3bdceefaa4",),
    ),
    Reason(
        "actors/planner.py",
        "_plan",
        "work only",
        "a renewal more, and one less",
        ("7fa4800e04f3",),
    ),
    Reason(
        "actors/planner.py",
        "_log_is_intact",
        "equivalent",
        "where no plan is, none is applied",
        ("492672fdde35",),
    ),
    Reason(
        "actors/planner.py",
        "_full_is_due",
        "equivalent",
        "the first plan has no base anyway, and a chain that is broken owes a full plan already",
        ("6704b8eb6a35",),
    ),
    Reason(
        "actors/planner.py",
        "_commit",
        "work only",
        "announcing a plan only wakes enactors, who look for themselves; nobody looks at what is returned",
        ("f9e240940e2c",),
    ),
    Reason(
        "actors/planner.py",
        "_commit",
        "work only",
        "a plan whose reply was lost is not announced: enactors find it at their next look",
        ("eeda97dd5235", "47fedcb108d9"),
    ),
    Reason(
        "actors/planner.py",
        "_commit",
        "work only",
        "the next round's renewal finds the leadership gone",
        ("68313d72c49a",),
    ),
    # --- actors/service.py --------------------------------------------------------------------------------------------
    Reason(
        "actors/service.py",
        "serve_enactor",
        "work only",
        "a claim that ran out meanwhile is found out at the next beginning",
        ("45c4beefce0f",),
    ),
    Reason(
        "actors/service.py",
        "serve_planner",
        "work only",
        "the next round's renewal finds the leadership gone",
        ("44563195b40a",),
    ),
    # --- coordination/safeguards.py -----------------------------------------------------------------------------------
    Reason(
        "coordination/safeguards.py",
        "FreshOnce.judge",
        "equivalent",
        "who registers always has a plan",
        ("ae4dd2aab451",),
    ),
    Reason(
        "coordination/safeguards.py",
        "FreshOnce.judge",
        "equivalent",
        "whoever begins asks only whether to stop: what is not fresh is never walked",
        ("382c54662a12",),
    ),
    Reason(
        "coordination/safeguards.py",
        "Lock.judge",
        "equivalent",
        "both are done before it is allowed, in one order or the other",
        ("dea7510777eb",),
    ),
    Reason(
        "coordination/safeguards.py",
        "Recheck.judge",
        "equivalent",
        "only a change of a root comes with a root that was seen where plans are swept whole",
        ("b639baba34f8",),
    ),
    Reason(
        "coordination/safeguards.py",
        "Recheck.judge",
        "equivalent",
        "what is at its generation already is skipped before it is judged",
        ("17c240a86802",),
    ),
    Reason(
        "coordination/safeguards.py",
        "Forward.judge",
        "equivalent",
        "what is at its generation already is skipped before it is judged, and the condition says it again",
        ("aebc3c0c9b88",),
    ),
    Reason(
        "coordination/safeguards.py",
        "Forward.judge",
        "equivalent",
        ("a generation is written twice at most, by two who both saw the root before, and both write the same"),
        ("9928ce2ef34b",),
    ),
    Reason(
        "coordination/safeguards.py",
        "PlanExists.judge",
        "work only",
        ("more conditions than are needed: each is true wherever the others are, or the plan is retired anyway"),
        ("a5d292db3781",),
    ),
    Reason(
        "coordination/safeguards.py",
        "PlanExists.judge",
        "equivalent",
        (
            "older plans are retired first: a chain whose newest plan is retired has its oldest retired, "
            "and one whose oldest is retired is applied"
        ),
        ("b2af85d3fc54", "2f9b61d36543"),
    ),
    Reason(
        "coordination/safeguards.py",
        "NonEmpty.judge",
        "equivalent",
        "a tree has a root, and a write at its root's generation is skipped before it is judged",
        ("07108213983b", "3a1fc5025f65"),
    ),
    Reason(
        "coordination/safeguards.py",
        "NonEmpty.judge",
        "equivalent",
        "the plan that takes a name down builds no tree for it",
        ("5009c7901b0b",),
    ),
    Reason(
        "coordination/safeguards.py",
        "NonEmpty.judge",
        "equivalent",
        "no change is both a write and a deletion",
        ("f7e0e5feee47",),
    ),
    Reason(
        "coordination/safeguards.py",
        "RollbackTolerant.judge",
        "equivalent",
        "only a change of a root comes with what was found dangling",
        ("9e545525adbc",),
    ),
    Reason(
        "coordination/safeguards.py",
        "RollbackTolerant.judge",
        "equivalent",
        "what dangles is what the rollback would point at: there is one",
        ("bcfb2c47f7ed",),
    ),
    Reason(
        "coordination/safeguards.py",
        "LagStop.lag",
        "equivalent",
        "whoever begins or writes has a plan, and has seen a newest one",
        ("93722537c540", "ad5d4838f562", "d06fe2e58522", "83c4603488de", "a3d80651be3b"),
    ),
    Reason(
        "coordination/safeguards.py",
        "LagStop.judge",
        "equivalent",
        "whoever neither begins nor writes has no plan, and lags by nothing",
        ("5e7a031509b3",),
    ),
    Reason(
        "coordination/safeguards.py",
        "LagStop.judge",
        "equivalent",
        "whoever begins, begins the newest plan that it has just seen: it is no generation behind",
        ("045a1514aad9",),
    ),
    Reason(
        "coordination/safeguards.py",
        "SpareReferenced.judge",
        "equivalent",
        "a tree has a root",
        ("910b7b8e90d2",),
    ),
    Reason(
        "coordination/safeguards.py",
        "judge",
        "equivalent",
        "neither depends on the other",
        ("25b7e4c0dfe0",),
    ),
    Reason(
        "coordination/safeguards.py",
        "shared",
        "equivalent",
        "no safeguard has more than one shared condition",
        ("e1eee4750b1d",),
    ),
    # --- coordination/plan.py -----------------------------------------------------------------------------------------
    Reason(
        "coordination/plan.py",
        "fold",
        "equivalent",
        "a full plan is the first of its chain: nothing is there to be cleared",
        ("8a2e845fe4a5", "3917c3c8f382"),
    ),
    # --- coordination/intents.py --------------------------------------------------------------------------------------
    Reason(
        "coordination/intents.py",
        "laws",
        "equivalent",
        "a tombstone's rollback is older than the plan that takes the name down",
        ("5628afca7c18",),
    ),
    Reason(
        "coordination/intents.py",
        "laws",
        "equivalent",
        "a number is reserved by one alone, and is published once",
        ("768d93a70da6",),
    ),
    Reason(
        "coordination/intents.py",
        "laws",
        "equivalent",
        "retired twice is retired",
        ("df8bb454ebb2",),
    ),
    Reason(
        "coordination/intents.py",
        "laws",
        "work only",
        "a finish said twice changes nothing",
        ("84342b806caf",),
    ),
    # --- coordination/authority.py ------------------------------------------------------------------------------------
    Reason(
        "coordination/authority.py",
        "State.head",
        "equivalent",
        "tokens only have to grow with each life",
        ("958da5c7ea77",),
    ),
    Reason(
        "coordination/authority.py",
        "holds",
        "equivalent",
        ("a generation is written twice at most, by two who both saw the root before, and both write the same"),
        ("9804c6f7c815",),
    ),
    Reason(
        "coordination/authority.py",
        "holds",
        "work only",
        "a finish said twice changes nothing",
        ("20840f9d0cbf",),
    ),
    Reason(
        "coordination/authority.py",
        "step",
        "equivalent",
        "a version only has to be another after each write",
        ("16a20684f04d",),
    ),
    Reason(
        "coordination/authority.py",
        "step",
        "equivalent",
        "a leadership has no generation; nobody reads it",
        ("5a18e5b5d513",),
    ),
)


def reason(mutant: Mutant, reasons: tuple[Reason, ...] = REASONS) -> Reason | None:
    """The first that fits; None when there is none."""
    return next((one for one in reasons if one.fits(mutant)), None)
