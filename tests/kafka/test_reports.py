"""The audit trail: every report comes back as it was, a stranger's line is passed over, a gap says so."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from coordination.kafka import reporter, reports
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.limits import REPORT_BYTES
from coordination.ports import Report, Unavailable
from tests.bounded import run
from tests.kafka.broker import Broker

NUMBERS = st.none() | st.integers(0, 2**63)
REPORTS = st.builds(
    Report,
    who=st.text(max_size=20),
    event=st.text(max_size=20),
    generation=NUMBERS,
    endpoint=st.none() | st.text(max_size=20),
    fence=NUMBERS,
    detail=st.text(max_size=100),
    counts=st.lists(st.tuples(st.text(max_size=8), st.integers()), max_size=4).map(tuple),
)


@given(REPORTS)
@examples(max_examples=100, deadline=None)
def test_a_report_comes_back_as_it_was(report: Report) -> None:
    line = reports.encode(report)
    assert reports.decode(line) == report
    assert b"\n" not in line


def test_a_detail_is_cut_to_what_a_line_may_carry() -> None:
    line = reports.encode(Report("me", "refused", detail="é" * 1_000_000))
    assert len(line) <= REPORT_BYTES
    assert reports.decode(line).detail.startswith("ééé")


STRANGE = [None, b"", b"\xff", b"[]", b"7", b"{}", b'{"v":2,"who":"a","event":"b"}', b"[" * 9000, b"x" * 99_999]


@pytest.mark.parametrize("line", [*STRANGE, b'{"v":1,"who":"a"}', b'{"v":1,"who":"a","event":"b","counts":7}'])
def test_a_line_of_another_format_is_no_report(line: bytes | None) -> None:
    with pytest.raises(reports.BadReport):
        reports.decode(line)


def test_the_trail_is_read_from_the_beginning_past_strange_lines(settings: KafkaSettings) -> None:
    async def story() -> None:
        async with KafkaPlanLog(settings) as log:
            await log.report(Report("a", "enacted"))
        stranger = AIOKafkaProducer(bootstrap_servers=settings.bootstrap)
        await stranger.start()
        for line in STRANGE:
            await stranger.send_and_wait(settings.reports, line, key=b"k")
        await stranger.stop()
        async with KafkaPlanLog(settings) as log:
            await log.report(Report("b", "collected"))
        lines = [line async for line in reports.trail(settings, follow=False)]
        assert [line.report.who for line in lines] == ["a", "b"]
        rest = [line async for line in reports.trail(settings, since=lines[0].offset + 1, follow=False)]
        assert [line.report.who for line in rest] == ["b"]

    run(story())


def test_the_trail_is_followed_from_now(settings: KafkaSettings) -> None:
    async def story() -> None:
        async with KafkaPlanLog(settings) as log:
            await log.report(Report("old", "enacted"))
        async with KafkaPlanLog(settings) as log:
            following = reports.trail(settings, since=None)
            first = asyncio.ensure_future(anext(following))
            number = 0
            while not first.done():  # the iterator says when it listens only by its first line
                number += 1
                await log.report(Report(f"new {number}", "enacted"))
                await asyncio.wait({first}, timeout=0.05)
            assert first.result().report.who.startswith("new")
            await following.aclose()

    run(story())


def test_a_trail_that_the_broker_forgot_is_unavailable_not_silent(own_broker: Broker) -> None:
    async def story() -> None:
        settings = own_broker.settings()
        async with KafkaPlanLog(settings) as log:
            await log.report(Report("a", "enacted"))
        following = reports.trail(settings)
        assert (await anext(following)).report.who == "a"
        own_broker.kill()
        own_broker.start()
        async with KafkaPlanLog(settings) as log:
            await log.report(Report("b", "enacted"))
        with pytest.raises(Unavailable):
            await anext(following)

    run(story())


def test_a_topic_that_does_not_exist_is_unavailable(settings: KafkaSettings) -> None:
    async def story() -> None:
        with pytest.raises(Unavailable, match="no topic"):
            await anext(reports.trail(settings))

    run(story())


def test_a_full_queue_drops_counts_and_says_so(own_broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporter, "REPORT_QUEUE", 3)

    async def story() -> None:
        settings = own_broker.settings()
        own_broker.kill()
        async with KafkaPlanLog(settings) as log:
            for number in range(10):
                await log.report(Report(f"r{number}", "enacted"))
            assert log.dropped_reports == 7
            own_broker.start()
            async for line in _patiently(settings):
                if dict(line.report.counts).get("reports_dropped"):
                    assert line.report.counts == (("reports_dropped", 7),)
                    return

    run(story())


async def _patiently(settings: KafkaSettings):
    while True:
        try:
            async for line in reports.trail(settings):
                yield line
        except Unavailable:
            await asyncio.sleep(0.01)
