"""Why mutants of the safeguards, and of plans live."""

from namelatch.lab.mutants.reasons.reason import Reason

SAFEGUARDS: tuple[Reason, ...] = (
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
        "a generation is written twice at most, by two who both saw the root before, and both write the same",
        ("9928ce2ef34b",),
    ),
    Reason(
        "coordination/safeguards.py",
        "PlanExists.judge",
        "work only",
        "more conditions than are needed: each is true wherever the others are, or the plan is retired anyway",
        ("a5d292db3781",),
    ),
    Reason(
        "coordination/safeguards.py",
        "PlanExists.judge",
        "equivalent",
        (
            "older plans are retired first: a chain whose newest plan is retired has its oldest retired, and one "
            "whose oldest is retired is applied"
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
    Reason("coordination/safeguards.py", "SpareReferenced.judge", "equivalent", "a tree has a root", ("910b7b8e90d2",)),
    Reason("coordination/safeguards.py", "judge", "equivalent", "neither depends on the other", ("25b7e4c0dfe0",)),
    Reason(
        "coordination/safeguards.py",
        "shared",
        "equivalent",
        "no safeguard has more than one shared condition",
        ("e1eee4750b1d",),
    ),
    Reason(
        "coordination/plan.py",
        "fold",
        "equivalent",
        "a full plan is the first of its chain: nothing is there to be cleared",
        ("8a2e845fe4a5", "3917c3c8f382"),
    ),
)
