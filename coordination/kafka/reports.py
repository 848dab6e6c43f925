"""The audit trail: reports as JSON lines, and an iterator over them for whoever audits or monitors.

A line that is no report of this format is passed over: the trail must stay readable after a stranger's
message. Time is the message's timestamp, for people; nothing is decided by it.
"""

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from coordination.kafka import clients
from coordination.kafka.reader import Message, TopicMissing, reading
from coordination.kafka.settings import KafkaSettings
from coordination.limits import HEARD_POLL_S, REPORT_BYTES
from coordination.plan import Generation
from coordination.ports import Report, Unavailable
from coordination.records import Endpoint

FORMAT = 1


class BadReport(ValueError):
    """A line that is no report of this format."""


class Line(NamedTuple):
    """One report, where it stands in the trail and the wall clock time of its message."""

    offset: int
    timestamp_ms: int
    report: Report


def encode(report: Report) -> bytes:
    """The report as one line of JSON, its detail cut to what one line may carry."""
    value: dict[str, Any] = {"v": FORMAT, "who": report.who, "event": report.event}
    if report.generation is not None:
        value["generation"] = report.generation
    if report.endpoint is not None:
        value["endpoint"] = report.endpoint
    if report.fence is not None:
        value["fence"] = report.fence
    if report.detail:
        value["detail"] = report.detail[: REPORT_BYTES // 8]
    if report.counts:
        value["counts"] = [list(pair) for pair in report.counts]
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def decode(line: bytes | None) -> Report:
    """The report that `encode` wrote. Raises BadReport."""
    if line is None or len(line) > REPORT_BYTES:
        raise BadReport("an empty line" if line is None else f"{len(line)} bytes, the most is {REPORT_BYTES}")
    try:
        value = json.loads(line)
        if value["v"] != FORMAT:
            raise BadReport(f"unknown report format {value['v']!r:.20}")
        generation, endpoint = value.get("generation"), value.get("endpoint")
        return Report(
            who=str(value["who"]),
            event=str(value["event"]),
            generation=None if generation is None else Generation(int(generation)),
            endpoint=None if endpoint is None else Endpoint(str(endpoint)),
            fence=None if value.get("fence") is None else int(value["fence"]),
            detail=str(value.get("detail", "")),
            counts=tuple((str(name), int(count)) for name, count in value.get("counts", [])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, BadReport):
            raise
        raise BadReport("not a report") from None


async def trail(settings: KafkaSettings, since: int | None = 0, follow: bool = True) -> AsyncIterator[Line]:
    """Reports from offset `since` on (0: all that are kept; None: from now), for ever, or to the present end.

    Raises Unavailable when the trail can't go on; go on after the last line's offset, or from 0 if that fails too.
    """
    try:
        async with reading(settings, settings.reports) as reader:
            begin, end = await reader.bounds()
            position = end if since is None else max(begin, since)
            if position > end:
                raise Unavailable(f"Kafka: the trail ends at {end}, before {since}: the broker forgot it")
            reader.seek(position)
            last = None
            while follow or position < end:
                messages = await reader.poll(HEARD_POLL_S)
                for last in messages:
                    position = last.offset + 1
                    if (line := _line(last)) is not None:
                        yield line
                if not messages and not await reader.goes_on(last):
                    raise Unavailable("Kafka: the broker forgot the trail")
    except TopicMissing:
        raise Unavailable(f"Kafka: there is no topic {settings.reports} yet") from None
    except clients.FAULTS as error:
        raise Unavailable(f"Kafka, reading reports: {type(error).__name__}: {error}") from error


def _line(message: Message) -> Line | None:
    try:
        return Line(message.offset, message.timestamp_ms, decode(message.value))
    except BadReport:
        return None
