"""Why mutants of one enactment live."""

from namelatch.lab.mutants.reasons.reason import Reason

ENACTOR: tuple[Reason, ...] = (
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
        "what is told is the other reason; in either case it is not finished, and the claim that was lost is gone",
        ("22e9ca17b76b",),
    ),
    Reason(
        "actors/enactor.py",
        "_begin",
        "work only",
        (
            "only where its claim was lost and it begins the same plan again: it lets go of the new claim, is "
            "fenced at its first write and begins anew"
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
            "the claim on a plan just finished protects nothing that is needed; it only delays a collection until "
            "the next beginning"
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
        "actors/enactor.py", "_walk_order", "equivalent", "who walks in one order starts at nought", ("047b5341ec9b",)
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
        "equivalent",
        "nothing follows in the loop",
        ("6b67c569d8c2", "e50fd42eb810"),
    ),
    Reason(
        "actors/enactor.py",
        "_record_finish",
        "equivalent",
        "a lost condition that all share is told before those of single changes",
        ("de88d2987dc9",),
    ),
)
