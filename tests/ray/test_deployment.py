"""What `up --ray` and its like do and tell, what makes a post another one, and what it lets through Ray: no cluster."""

import asyncio
import json
import os
import pickle
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from actors.on_asyncio import MonotonicClock
from actors.on_ray.cluster import JOIN_TRIES, Unreachable, joined
from actors.on_ray.deployment import Name
from actors.roles import Ports
from coordination.intents import Batch, Outcome, Unknown
from coordination.memory import MemoryAuthority, MemoryClaims, Store
from coordination.memory_log import MemoryLog, MemoryPlanLog
from coordination.passing import PassingAuthority
from coordination.plan import Generation
from coordination.ports import Report
from coordination.records import Endpoint
from namelatch.config import Settings
from namelatch.deploying import ActorStatus, ask, deploy, read_logs, take_down
from namelatch.posted import roles
from namelatch.prober import Prober
from namelatch.trouble import BadEnvironment, Misuse
from namelatch.watching import LINES, Watch


class Silent:
    def say(self, line: str) -> None:
        """Nobody listens."""


class Said:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


SETTINGS = Settings.model_validate(
    {
        "etcd": {"endpoints": ["etcd:2379"], "username": "us", "password": "swordfish"},
        "kafka": {
            "bootstrap": ["kafka:9092"],
            "sasl_mechanism": "PLAIN",
            "sasl_username": "us",
            "sasl_password": "tunafish",
        },
        "planner": {"inputs": "/etc/inputs.toml"},
    }
)


def test_inputs_are_looked_at_before_the_cluster_where_they_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_: object) -> None:
        raise Unreachable("nobody is there")

    def deployed(inputs: Path) -> None:
        asyncio.run(deploy("there:1", Settings.model_validate({"planner": {"inputs": inputs}}), Silent()))

    monkeypatch.setattr("namelatch.deploying.joined", nobody)
    here = tmp_path / "inputs.toml"
    for text, refusal, said in (
        ('["api.example.com"]\nA = { "192.0.2.1" = 1 }\n', BadEnvironment, "Ray at there:1: nobody is there"),
        ('["api.example.com"]\nA = { "192.0.2.1" = -1 }\n', Misuse, f"^planner.inputs: {here}: api.example.com: "),
        ("", Misuse, f"^planner.inputs: {here}: no endpoint is listed"),
    ):
        here.write_text(text)
        with pytest.raises(refusal, match=said):
            deployed(here)
    with pytest.raises(Misuse, match=f"^planner.inputs: {tmp_path}: Is a directory"):
        deployed(tmp_path)
    with pytest.raises(BadEnvironment, match="Ray at there:1: nobody is there"):
        deployed(tmp_path / "on the nodes alone.toml")


def test_who_reads_plans_is_replaced_before_who_writes_them() -> None:
    assert [one.part for one in roles(SETTINGS)] == ["enactor"] * 3 + ["collector", "planner"]


def changed(**tables: dict[str, Any]) -> dict[str, str]:
    """The digests after some keys were changed."""
    settings = SETTINGS.model_copy(
        update={name: getattr(SETTINGS, name).model_copy(update=keys) for name, keys in tables.items()}
    )
    return {one.role: one.digest for one in roles(settings)}


@pytest.mark.parametrize(
    ("tables", "replaced"),
    [
        ({"dns": {"port": 53}}, set()),
        ({"demo": {"records": 5}}, set()),
        ({"ray": {"address": "auto"}}, set()),
        ({"planner": {"poll_s": 9.0}}, {"planner"}),
        ({"collector": {"poll_s": 9.0}}, {"collector"}),
        ({"enactors": {"poll_s": 9.0}}, {"enactor-a", "enactor-b", "enactor-c"}),
        ({"lag": {"alarm": 3}}, {"enactor-a", "enactor-b", "enactor-c", "collector", "planner"}),
        ({"etcd": {"password": None}}, set()),
        ({"prober": {"every_s": 9.0}}, set()),
    ],
)
def test_a_key_replaces_those_whom_it_concerns(tables: dict[str, dict[str, Any]], replaced: set[str]) -> None:
    before, after_it = changed(), changed(**tables)
    assert {role for role in before if before[role] != after_it[role]} == replaced


def test_probers_are_there_when_they_have_whom_to_ask_and_no_key_of_others_replaces_them() -> None:
    asked = {"prober": {"servers": ("dns:53",)}}
    probers = {f"prober-{az}" for az in SETTINGS.enactors.azs}
    assert changed(**asked).keys() - changed().keys() == probers
    assert list(changed(**asked))[-len(probers) :] == sorted(probers), "after those whom they watch"
    for other in ({"lag": {"alarm": 3}}, {"etcd": {"prefix": "x"}}, {"enactors": {"poll_s": 9.0}}):
        assert {role: changed(**asked, **other)[role] for role in probers} == {
            role: changed(**asked)[role] for role in probers
        }
    later = changed(prober={"servers": ("dns:53",), "every_s": 9.0})
    assert {role for role, digest in changed(**asked).items() if later[role] != digest} == probers


def test_a_post_that_another_version_made_is_read() -> None:
    (one, *_) = roles(SETTINGS)
    read, (made,) = one.__reduce__()
    assert (read(made | {"new": 1}).role, read(made | {"new": 1}).digest) == (one.role, one.digest)
    assert read({key: value for key, value in made.items() if key != "version"}).part == one.part


def test_another_version_of_the_program_replaces_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    before = changed()
    monkeypatch.setattr("namelatch.posted.packages.version", lambda name: "99")
    assert set(changed().values()).isdisjoint(before.values())


def test_no_secret_travels_through_ray() -> None:
    for one in roles(SETTINGS):
        travels = pickle.dumps(one)
        assert b"etcd:2379" in travels
        assert b"swordfish" not in travels
        assert b"tunafish" not in travels


def test_a_deployment_without_inputs_is_refused() -> None:
    with pytest.raises(Misuse, match=r"planner\.inputs"):
        roles(SETTINGS.model_copy(update={"planner": SETTINGS.planner.model_copy(update={"inputs": None})}))
    assert Path("/etc/inputs.toml") == SETTINGS.planner.inputs


def test_a_watch_tells_the_plan_in_hand_the_last_one_finished_and_the_last_refusal() -> None:
    watch = Watch()
    began = Report("a", "began", Generation(4), fence=7)
    watch.reported(began)
    assert watch.told() == {"answers": 0, "answered_s": None, "in_hand": 4, "finished": None, "refusal": None}
    watch.reported(Report("a", "refused", Generation(4), Endpoint("x.example.com"), detail="forward: no"))
    assert (watch.told()["in_hand"], watch.told()["refusal"]["endpoint"]) == (4, "x.example.com")
    watch.reported(replace(began, event="finished"))
    assert (watch.told()["in_hand"], watch.told()["finished"]) == (None, 4)
    watch.reported(replace(began, generation=Generation(5)))
    watch.reported(Report("a", "incomplete", Generation(5), detail="2 endpoints undone"))
    assert (watch.told()["in_hand"], watch.told()["refusal"]["event"]) == (None, "incomplete")


def actor(role: str, as_configured: bool = True, az: str = "", **told: Any) -> str:
    """The line of an actor that tells this."""
    (post,) = (one for one in roles(SETTINGS) if one.role == "enactor-a")
    common = {"pid": 7, "labels": {}, "leaving": False, "failures": 0, "trouble": "", **post.told()}
    return ActorStatus(role, "1", as_configured, az, common | {"answers": 1} | told).line().removeprefix("actor     ")


def test_an_actor_s_line_tells_what_it_has_in_hand_and_what_it_finished_and_refused_last() -> None:
    assert actor("planner") == "planner: idle in process 7"
    refusal = {"event": "refused", "endpoint": "x.example.com", "detail": "forward: no", "at": 1.0}
    assert actor("enactor-a", az="b", in_hand=5, finished=4, refusal=refusal) == (
        "enactor-a: generation 5 in hand in process 7, az b, last finished generation 4, "
        "last refusal: refused x.example.com forward: no"
    )


def test_an_actor_s_line_tells_what_is_wrong_with_it() -> None:
    assert actor("planner", as_configured=False, leaving=True) == (
        "planner (not as configured): idle in process 7, leaving"
    )
    assert actor("planner", answers=0, failures=2, trouble="OSError: no") == (
        "planner: idle in process 7, etcd has not answered it yet, failed 2 times, last OSError: no"
    )
    assert actor("planner", code="other", version="9") == (
        "planner: idle in process 7, another program than this one, version 9"
    )
    assert ActorStatus("planner", "1", True, "", None).line() == "actor     planner: no answer"
    assert ActorStatus("planner", "1", False, "", None, present=False).line() == "actor     planner: not there"


def test_a_prober_s_line_tells_who_is_dark_since_when_and_why() -> None:
    prober = Prober("prober-a", ("dns:53", "dns:54"), "example.com", (), 1.0)
    assert actor("prober-a", **prober.told() | {"answers": 1}) == (
        "prober-a: 0 of 2 servers answer, last looked 0 s ago, in process 7"
    )
    seen, dark = prober.told()["sights"]
    seen |= {"holds": True, "looked_s": 0.4}
    dark |= {"looked_s": 0.2, "dark_s": 3.1, "fell": ["no answer", "and more"]}
    assert actor("prober-a", **prober.told() | {"answers": 4, "sights": [seen, dark]}) == (
        "prober-a: 1 of 2 servers answer, last looked 0.4 s ago, in process 7, dns:54 dark for 3.1 s: no answer"
    )


class Partial:
    """A cluster of these posts, which answer nothing; the first of them stays whatever is done."""

    def __init__(self, *present: Name) -> None:
        self._present = present
        self.gone: list[Name] = []

    def names(self) -> tuple[Name, ...]:
        return self._present

    async def told(self, name: Name, within_s: float = 1.0) -> dict[str, Any] | None:
        return None

    async def lines(self, name: Name, most: int) -> list[str] | None:
        return None if name == self._present[0] else ['{"at":1.5}']

    async def dismiss(self, name: Name, *_: object) -> None:
        if name == self._present[0]:
            raise Unreachable(f"{name} is still there")
        for _ in range(10):  # turns of the loop: whoever waits for the first alone has long gone
            await asyncio.sleep(0)
        self.gone.append(name)


@pytest.fixture
def partial(monkeypatch: pytest.MonkeyPatch) -> Partial:
    cluster = Partial(Name("collector", "1"), Name("enactor-a", "1"), Name("planner", "1"))

    monkeypatch.setattr("namelatch.deploying.joined", lambda *_: nullcontext(cluster))
    return cluster


@pytest.mark.parametrize(
    ("told", "trouble"),
    [
        (None, "it does not answer"),
        ({"answers": 0, "leaving": False, "trouble": ""}, "etcd has not answered it"),
        ({"answers": 9, "leaving": True, "trouble": ""}, "it was told to leave"),
        ({"answers": 0, "leaving": False, "trouble": "OSError: no"}, "OSError: no"),
    ],
)
def test_a_post_that_is_as_wanted_and_does_not_work_ends_up_with_the_reason(
    told: dict[str, Any] | None, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [Name(one.role, one.digest) for one in roles(SETTINGS)]
    works = {"answers": 1, "leaving": False, "trouble": ""}

    class There(Partial):
        looked = 0

        async def told(self, name: Name, within_s: float = 1.0) -> dict[str, Any] | None:
            self.looked += 1
            leaves_now = self.looked > len(wanted)  # by the first look nobody had been told to
            return told if leaves_now and name == wanted[1] else works

    monkeypatch.setattr("namelatch.deploying.joined", lambda *_: nullcontext(There(*wanted)))
    monkeypatch.setattr("namelatch.deploying.WORKS_S", 0.0)
    said = Said()
    with pytest.raises(BadEnvironment, match=rf"^{wanted[1]} does not work after 0 s: {trouble}; what follows it"):
        asyncio.run(deploy("there:1", SETTINGS, said))
    assert said.lines == []


def test_down_ends_the_others_where_one_stays_and_then_complains_of_it(partial: Partial) -> None:
    with pytest.raises(BadEnvironment, match=r"^Ray at there:1: collector\.1 is still there$"):
        asyncio.run(take_down("there:1", SETTINGS, Silent()))
    assert sorted(partial.gone) == [Name("enactor-a", "1"), Name("planner", "1")]


def test_status_has_the_roles_that_are_not_there_by_the_name_that_up_would_give_them(partial: Partial) -> None:
    found = asyncio.run(ask("there:1", SETTINGS))
    assert [one.role for one in found if one.present] == ["collector", "enactor-a", "planner"]
    wanted = {one.role: one.digest for one in roles(SETTINGS)}
    assert [(one.role, one.digest, one.as_configured) for one in found if not one.present] == [
        (role, wanted[role], False) for role in ("enactor-b", "enactor-c")
    ]


def test_logs_name_the_posts_that_did_not_answer(partial: Partial) -> None:
    said = Said()
    lines = asyncio.run(read_logs("there:1", SETTINGS, None, 10, said))
    assert [json.loads(line)["actor"] for line in lines] == ["enactor-a.1", "planner.1"]
    assert said.lines == ["collector.1 does not answer"]


class FakeRay(ModuleType):
    """What joining takes of Ray; `failures` are raised by the first calls of init."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__("ray")
        self._private = SimpleNamespace(worker=SimpleNamespace(_worker_logs_enabled=True))
        self._failures = list(failures)
        self.calls: list[str] = []

    def init(self, **_: object) -> None:
        self.calls.append("init")
        if self._failures:
            raise self._failures.pop(0)

    def shutdown(self) -> None:
        self.calls.append("shutdown")


def joins(monkeypatch: pytest.MonkeyPatch, *failures: Exception) -> list[str]:
    ray = FakeRay(*failures)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with joined("ray://head:10001", "namelatch"):
        ray.calls.append("joined")
    return ray.calls


def test_a_head_whose_process_for_us_did_not_begin_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = ConnectionAbortedError("Starting Ray client server failed")
    later = ConnectionError("the Ray client has already been disconnected due to an error")
    assert joins(monkeypatch, lost, later) == ["init", "shutdown"] * 2 + ["init", "joined", "shutdown"]


@pytest.mark.parametrize(
    "failures", [[ConnectionAbortedError("it\nfailed")] * JOIN_TRIES, [ConnectionError("it failed")]]
)
def test_a_head_that_never_has_one_or_refuses_us_is_unreachable_in_one_line(
    monkeypatch: pytest.MonkeyPatch, failures: list[Exception]
) -> None:
    with pytest.raises(Unreachable, match=r"^[A-Za-z]*Error: it failed$"):
        joins(monkeypatch, *failures)


def test_a_watch_keeps_the_last_lines_and_no_more() -> None:
    watch = Watch()
    for generation in range(1, LINES + 50):
        watch.reported(Report("a", "began", Generation(generation)))
    assert [json.loads(line)["generation"] for line in watch.lines(2)] == [LINES + 48, LINES + 49]
    assert len(watch.lines(10_000)) == LINES


def test_a_watch_counts_what_the_authority_said_and_no_write_whose_reply_was_lost() -> None:
    class Silent(PassingAuthority):
        async def commit(self, batch: Batch) -> Outcome:
            return Unknown("lost")

    async def play() -> None:
        store, watch, clock = Store(), Watch(), MonotonicClock()
        authority = MemoryAuthority(store)
        ports = Ports(authority, MemoryClaims(store), MemoryPlanLog(MemoryLog(), clock), clock)
        await watch.over(replace(ports, authority=Silent(authority))).authority.commit(Batch(()))
        assert watch.told()["answers"] == 0
        await watch.over(ports).authority.head()
        assert watch.told()["answers"] == 1

    asyncio.run(play())
