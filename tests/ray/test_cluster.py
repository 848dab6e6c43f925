"""`namelatch up --ray` on a real Ray cluster of three nodes, with a real etcd, broker and DNS server beside it.

One story, played once in order; each test is about one part of it. What is judged was read through the commands that
people use, from the DNS server's answers, and from etcd.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from namelatch.backends.ports import free_ports
from namelatch.probing import Found
from tests.front.waiting import until
from tests.ray.beside import NAME, Beside, Teller
from tests.ray.nodes import PATIENCE_S, Commands, Ended, Nodes

AZS = ("a", "b")
ORDER = ["enactor-a", "enactor-b", "collector", "planner", "prober-a", "prober-b"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Story:
    """What was seen, in the order of the story."""

    servers: tuple[str, ...] = ()
    first: list[str] = field(default_factory=list)
    second: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    status: dict[str, dict[str, Any]] = field(default_factory=dict)  # by chapter
    published: dict[str, set[int]] = field(default_factory=dict)  # by namespace
    newest: int = 0
    text: str = ""
    one_log: list[dict[str, Any]] = field(default_factory=list)
    looks: list[Found] = field(default_factory=list)
    stopped: list[Ended] = field(default_factory=list)
    healed: list[str] = field(default_factory=list)
    missing: str = ""
    returned: list[str] = field(default_factory=list)
    none: Ended | None = None
    strange: Ended | None = None
    served_without_head: bool = False

    def actors(self, chapter: str) -> dict[str, dict[str, Any]]:
        return {one["role"]: one for one in self.status[chapter]["actors"]}

    def pids(self, chapter: str) -> dict[str, int]:
        return {role: one["told"]["pid"] for role, one in self.actors(chapter).items()}


def tell(nodes: Nodes, beside: Beside, commands: Commands) -> Story:
    story, teller = Story(), Teller(nodes, beside, commands)
    changed = {"NAMELATCH_ENACTORS__POLL_S": "0.6"}
    other = {"NAMELATCH_RAY__NAMESPACE": "other", "NAMELATCH_ENACTORS__AZS": "c"}
    for az in AZS:
        nodes.start_worker(az)
    story.servers = (f"127.0.0.1:{beside.port}", f"127.0.0.1:{free_ports(1)[0]}")  # nobody listens at the other
    teller.variables |= {"NAMELATCH_PROBER__SERVERS": ",".join(story.servers), "NAMELATCH_PROBER__NAMES": NAME}

    story.first = teller.run("up")
    teller.until_served(2)
    story.status["first"] = teller.until_all_answer()
    story.second = teller.run("up")
    story.text = "\n".join(teller.run("status"))
    story.status["second"] = teller.status(address=nodes.client)

    story.changed = teller.run("up", **changed)
    teller.until_served(3)
    story.status["changed"] = teller.until_all_answer(**changed)

    nodes.kill("b")
    story.status["without b"] = teller.until_all_answer(**changed)
    teller.until_served(4)

    other = {**changed, **other}
    teller.run("up", **other)
    for last in range(5, 9):
        teller.until_served(last)
    for namespace, variables in (("namelatch", changed), ("other", other)):
        lines = [json.loads(line) for line in teller.run("logs", "--actor", "planner", "--lines", "500", **variables)]
        story.published[namespace] = {line["generation"] for line in lines if line["event"] == "published"}
    story.one_log = [json.loads(line) for line in teller.run("logs", "--lines", "20", **changed)]
    story.newest = teller.status(**changed)["newest"]

    story.status["before"] = teller.until_all_answer(**other)
    wrong = {**other, "NAMELATCH_ETCD__ENDPOINTS": f"127.0.0.1:{free_ports(1)[0]}"}
    for chapter, works_s in (("stopped", "3"), ("stopped again", "1")):
        story.stopped.append(teller.ended("up", **wrong, WORKS_S=works_s))
        story.status[chapter] = teller.status(**other)
    story.healed = teller.run("up", **other)
    story.status["healed"] = teller.until_all_answer(**other)

    more = {**other, "NAMELATCH_ENACTORS__AZS": "c,d"}
    story.status["missing"], story.missing = teller.status(**more), "\n".join(teller.run("status", **more))
    teller.run("leave", "enactor-c", **other)
    story.status["leaving"] = teller.status(**other)
    story.returned = teller.run("up", **other)
    story.status["returned"] = teller.until_all_answer(**other)

    running = [psutil.Process(one["told"]["pid"]) for one in teller.status(**other)["actors"]]
    story.down = teller.run("down", **other)
    story.none = teller.ended("logs", **other)
    until(lambda: not any(one.is_running() for one in running), "the end of the actors' processes", PATIENCE_S)
    story.strange = Commands.alone({**nodes.environment, "RAY_AUTH_TOKEN": "0" * 64, **teller.variables}, nodes.address)

    nodes.kill("head")
    teller.until_served(9)
    story.served_without_head = True
    story.looks = beside.looks
    return story


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with (
        tempfile.TemporaryDirectory() as directory,
        Beside(Path(directory), AZS) as beside,
        Nodes() as nodes,
        Commands(nodes.environment) as commands,
    ):
        yield tell(nodes, beside, commands)


def posted(lines: list[str]) -> list[str]:
    return [line.split("posted ")[1].split(".")[0] for line in lines if "posted " in line]


def doings(lines: list[str]) -> list[str]:
    return [line.partition("] ")[2].split(".")[0] for line in lines]


def test_up_posts_each_actor_once_enactors_in_their_az(story: Story) -> None:
    assert posted(story.first) == ORDER
    actors = story.actors("first")
    assert set(actors) == set(ORDER)
    of_azs = ("enactor", "prober")
    assert {role: one["az"] for role, one in actors.items() if role.startswith(of_azs)} == {
        f"{part}-{az}": az for part in of_azs for az in AZS
    }
    assert all(one["as_configured"] for one in actors.values())
    assert all(one["az"] for one in actors.values()), "none of them lives on the head"


def test_a_second_up_changes_nothing(story: Story) -> None:
    assert [line.partition("] ")[2] for line in story.second] == ["nothing to do: 6 actors are as configured"]
    assert story.pids("second") == story.pids("first")


def test_status_tells_what_each_actor_does_and_how_long_claims_live(story: Story) -> None:
    assert "actor     enactor-a: idle in process" in story.text
    assert story.text.count("actor     ") == len(ORDER)
    enactors = {name: one for name, one in story.actors("first").items() if name.startswith("enactor")}
    finished = {name: one["told"]["finished"] for name, one in enactors.items()}
    assert any(finished.values()), "somebody applied the plan, whoever it was"
    for name, generation in finished.items():
        line = next(line for line in story.text.splitlines() if name in line)
        assert (f"last finished generation {generation}" in line) is (generation is not None)
    claims = story.status["first"]["claims"]
    assert claims
    assert all(0 <= claim["left_s"] <= 5 for claim in claims)


def test_probers_see_which_dns_servers_answer_and_status_tells_it(story: Story) -> None:
    for az in AZS:
        sights = {one["server"]: one for one in story.actors("without b")[f"prober-{az}"]["told"]["sights"]}
        here, nobody = (sights[server] for server in story.servers)
        assert (here["holds"], here["fallen"], nobody["holds"]) == (True, 0, False)
        assert "Connection refused" in nobody["fell"][0]
    line = next(line for line in story.text.splitlines() if "prober-a" in line)
    assert "1 of 2 servers answer, last looked " in line
    assert f"{story.servers[1]} dark for " in line


def test_another_configuration_replaces_one_enactor_at_a_time_and_nobody_whom_it_does_not_concern(story: Story) -> None:
    assert doings(story.changed) == [f"{what} enactor-{az}" for az in AZS for what in ("dismissed", "posted")]
    before, after = story.pids("second"), story.pids("changed")
    assert [role for role in ORDER if before[role] != after[role]] == [f"enactor-{az}" for az in AZS]


def test_what_lived_on_a_killed_node_lives_on_another(story: Story) -> None:
    before, after = story.actors("changed"), story.actors("without b")
    assert before["enactor-b"]["az"] == "b"
    assert after["enactor-b"]["az"] != "b"
    assert after["enactor-b"]["told"]["node"] != before["enactor-b"]["told"]["node"]
    stayed = {role: one["told"]["pid"] for role, one in before.items() if one["az"] == "a"}
    assert {role: after[role]["told"]["pid"] for role in stayed} == stayed


def test_while_the_head_is_dead_a_new_plan_is_made_applied_and_served(story: Story) -> None:
    assert story.served_without_head


def test_of_two_planners_one_publishes_each_plan(story: Story) -> None:
    ours, others = story.published["namelatch"], story.published["other"]
    assert ours & others == set()
    assert story.newest in ours | others
    assert len(ours | others) >= 7, "each change of the inputs had its plan"


def test_the_dns_server_answered_all_the_time(story: Story) -> None:
    assert len(story.looks) > 50
    assert [found.fell for found in story.looks if found.fell] == []


def test_logs_are_in_the_order_of_time_and_name_their_actor(story: Story) -> None:
    times = [line["at"] for line in story.one_log]
    assert times == sorted(times)
    assert {line["actor"].split(".")[0] for line in story.one_log} <= set(ORDER)


def test_up_stops_at_a_post_that_does_not_reach_etcd_as_often_as_it_is_run(story: Story) -> None:
    (broken,) = {one["digest"] for one in story.status["stopped"]["actors"] if one["role"] == "enactor-c"}
    before = story.pids("before")
    for chapter, ended in zip(("stopped", "stopped again"), story.stopped, strict=True):
        assert ended.status == 2, f"{chapter}: {ended}"
        assert f"enactor-c.{broken} does not work after " in ended.last
        assert "what follows it was left as it was" in ended.last
        after = {role: one["told"] and one["told"]["pid"] for role, one in story.actors(chapter).items()}
        assert [role for role in before if after[role] != before[role]] == ["enactor-c"], chapter
    first, second = (posted(ended.out.splitlines()) for ended in story.stopped)
    assert (first, second) == ([], []), "it never worked"
    assert "dismissed" not in story.stopped[1].out


def test_up_with_a_configuration_that_works_heals_what_it_stopped_at_and_touches_nobody_else(story: Story) -> None:
    assert doings(story.healed) == ["dismissed enactor-c", "posted enactor-c"]
    before, after = story.pids("before"), story.pids("healed")
    assert [role for role in before if before[role] != after[role]] == ["enactor-c"]


def test_status_names_what_is_missing(story: Story) -> None:
    missing = {role: one for role, one in story.actors("missing").items() if not one["present"]}
    assert missing.keys() == {"enactor-d", "prober-d"}
    assert [one["told"] for one in missing.values()] == [None, None]
    assert {line for line in story.missing.splitlines() if "not there" in line} == {
        "actor     enactor-d: not there",
        "actor     prober-d: not there",
    }


def test_a_post_that_was_told_to_leave_and_is_still_there_is_posted_anew(story: Story) -> None:
    assert [role for role, one in story.actors("leaving").items() if one["told"]["leaving"]] == ["enactor-c"]
    assert doings(story.returned) == ["dismissed enactor-c", "posted enactor-c"]
    before, after = story.pids("healed"), story.pids("returned")
    assert [role for role in before if before[role] != after[role]] == ["enactor-c"]
    assert not any(one["told"]["leaving"] for one in story.actors("returned").values())


def test_down_leaves_no_actor_and_no_process(story: Story) -> None:
    assert [line.partition("] ")[2] for line in story.down] == ["4 actors are gone"]
    assert story.none is not None
    assert (story.none.status, "there is no actor" in story.none.complaints) == (2, True), str(story.none)


def test_whoever_has_not_the_token_is_kept_out(story: Story) -> None:
    assert story.strange is not None
    assert story.strange.status == 2, str(story.strange)
    assert story.strange.last.startswith("namelatch: Ray at "), f"{story.strange}: Ray's own lines may come before"
