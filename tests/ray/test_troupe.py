"""Actors on a real local Ray: hosted, called, restarted and said so, ended, and nothing left of them.

One Ray serves the whole file, in a process of its own (driver.py); each test is one scene that it plays.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.front.waiting import until

ROOT = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("driver.py")
ANSWER_S = 60.0  # more than the driver gives a scene

pytestmark = pytest.mark.slow


class Driver:
    """The process with Ray in it, and how to have a scene played."""

    def __init__(self, errors: Any) -> None:
        self._errors = errors
        self.process = subprocess.Popen(
            [sys.executable, str(DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        self._answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._answers.put(line)
        self._answers.put("")

    def answer(self) -> dict[str, Any]:
        line = self._answers.get(timeout=ANSWER_S)
        assert line, f"the driver ended: {self.said()}"
        return dict(json.loads(line))

    def said(self) -> str:
        self._errors.seek(0)
        return str(self._errors.read())

    def play(self, scene: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{scene}\n")
        self.process.stdin.flush()
        found = self.answer()
        assert "failed" not in found, f"{found['failed']}\nsaid: {found['said']}"
        return found


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        driver = Driver(errors)
        tree: list[psutil.Process] = []
        try:
            driver.answer()
            yield driver
            tree = psutil.Process(driver.process.pid).children(recursive=True)
            assert tree, "Ray is a tree of processes"
            assert driver.process.stdin is not None
            driver.process.stdin.close()
            assert driver.process.wait(30) == 0, driver.said()
            until(lambda: not psutil.wait_procs(tree, timeout=0)[1], f"the end of {tree}")
        finally:
            driver.process.kill()
            driver.process.wait()
            for process in psutil.wait_procs(tree, timeout=0)[1]:
                process.kill()


@pytest.fixture(scope="module")
def restarts(driver: Driver) -> dict[str, Any]:
    return driver.play("restarts")


def test_a_shell_hosts_a_service_in_a_process_of_its_own(driver: Driver) -> None:
    found = driver.play("hosts")
    assert found["began"] == [found["pid"]]
    assert found["pid"] != found["own"]
    assert found["said"] == []


def test_calls_reach_the_service_from_here_and_from_another_actor_many_at_once(driver: Driver) -> None:
    found = driver.play("calls")
    assert found["counted"] == [2, 5]
    assert found["at_once"] == list(range(6, 206))


def test_a_part_whose_process_was_killed_is_restarted_and_that_is_said(restarts: dict[str, Any]) -> None:
    found = restarts
    assert len(set(found["began"])) == 3
    assert found["pid"] == found["began"][-1]
    assert len(found["said"]) == 2
    for attempt, said in enumerate(found["said"], 1):
        assert said.startswith("restarted actor toy (work): its process died")
        assert said.endswith(f"attempt {attempt}")


def test_a_restarted_service_is_built_anew_and_holds_no_truth(restarts: dict[str, Any]) -> None:
    found = restarts
    assert found["before"] == [5, 5]
    assert found["after"] == [1, 6]
    assert found["ballast"] == 40_000


def test_a_service_too_large_to_be_restarted_twice_is_refused(driver: Driver) -> None:
    assert driver.play("hosts_too_much") == {"refused": "toy is too large to be created twice"}


def test_leaving_waits_until_that_part_has_ended_and_no_other_and_it_may_come_back(driver: Driver) -> None:
    found = driver.play("leaves")
    assert found == {"ended": {"slow": 1, "work": 0}, "said": []}


def test_a_part_that_does_not_leave_in_time_dies_with_its_process_and_that_is_said(driver: Driver) -> None:
    found = driver.play("is_deaf")
    assert found["said"][0] == "killed actor toy: its deaf did not leave within 0.2 s"
    assert len(found["deaf"]) == 1, "it was not restarted"
    assert found["work"][-1] != found["deaf"][0], "the actor was"


def test_a_stopped_process_is_left_in_time_too(driver: Driver) -> None:
    assert driver.play("is_stopped") == {
        "left": True,
        "said": ["killed actor toy: its work did not leave within 0.2 s"],
    }


def test_a_part_that_is_told_to_leave_before_it_has_begun_leaves(driver: Driver) -> None:
    assert driver.play("leaves_at_once") == {"left": True, "said": []}


def test_a_part_whose_process_dies_before_it_is_told_to_leave_has_left(driver: Driver) -> None:
    assert driver.play("leaves_while_it_dies") == {"left": True}


def test_a_part_whose_process_dies_while_it_leaves_has_left(driver: Driver) -> None:
    assert driver.play("dies_while_it_leaves") == {"left": True}


def test_a_part_that_ends_by_itself_is_left_alone(driver: Driver) -> None:
    assert driver.play("ends_by_itself") == {"began": 1, "said": []}


def test_a_part_that_keeps_failing_is_given_up_loudly_and_the_others_go_on(driver: Driver) -> None:
    found = driver.play("gives_up")
    assert found["began"] == 4
    assert found["error"] == "toy.fail kept dying: ValueError: the toy is broken"
    assert found["said"][:3] == [
        f"restarted actor toy (fail): ValueError: the toy is broken, attempt {attempt}" for attempt in (1, 2, 3)
    ]
    assert found["said"][3].startswith("gave up on toy: 4 ends within 60 s")
    assert found["others"] == []


def test_closing_leaves_no_process_not_even_a_stopped_one_and_its_names_are_free_again(driver: Driver) -> None:
    assert driver.play("leaves_nothing") == {"ended": 3, "again": True, "said": []}


def test_it_always_runs_with_a_token_of_this_run_and_tells_nobody_that_it_does(driver: Driver) -> None:
    found = driver.play("is_closed_to_strangers")
    assert (found["RAY_AUTH_MODE"], found["RAY_USAGE_STATS_ENABLED"]) == ("token", "0")
    assert len(found["RAY_AUTH_TOKEN"]) == 64


def test_ray_s_own_lines_do_not_get_among_ours(driver: Driver, restarts: dict[str, Any]) -> None:
    assert restarts, "workers were killed, of which its daemon speaks"
    assert "core_worker" not in driver.said()
