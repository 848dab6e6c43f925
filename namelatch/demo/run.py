"""The demo: the parts, the race under each posture, the judgement, the report.

One Ray serves all postures; each posture has a backend, a DNS server and a prober of its own. What is
printed at the end is measured: the probes' answers and the replayed histories, held against what the record
says. One posture is judged, in a process of its own, while the next one begins. Everything that was started is
stopped, however the run ends.
"""

import asyncio
import json
import shlex
import sys
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from actors.on_ray.local import local_ray
from coordination.postures import Posture, posture
from namelatch import interrupts
from namelatch.backends.choice import banner
from namelatch.demo import evidence, tale, tell
from namelatch.demo.apart import apart
from namelatch.demo.captions import verdict as in_words
from namelatch.demo.final import record_roots
from namelatch.demo.inventory import Inventory, inventory
from namelatch.demo.judge import Verdict, judge
from namelatch.demo.options import DemoOptions, DemoResult
from namelatch.demo.probes import from_lines
from namelatch.demo.report import render
from namelatch.demo.screen import Screen
from namelatch.demo.script import play
from namelatch.demo.story import Link, Race, Row, Story, as_json
from namelatch.lab.histories.judging import Roots
from namelatch.lab.histories.judging import judge as judge_history
from namelatch.lab.histories.rulings import Judgement
from namelatch.lab.histories.rulings import document as as_document
from namelatch.resolvers.table import LEGEND, Table
from namelatch.resolvers.table import document as as_seen
from namelatch.resolvers.table import lines as seen_lines
from namelatch.trouble import BadEnvironment

RUNS_A_SECOND = 100
AFTERMATH_S = 1.0  # of probing after the story has come to rest: what is dark then stays dark


@dataclass(frozen=True, slots=True)
class Finding:
    """One posture's outcome: what is drawn, and in which points it is not as the record says."""

    story: Story
    verdict: Verdict
    judgement: Judgement
    ending: evidence.Ending
    shortfalls: tuple[str, ...]
    resolvers: Table | None


async def run(options: DemoOptions, screen: Screen) -> DemoResult:
    """Show every posture in turn. Stops whatever it started, however it ends."""
    started = datetime.now(UTC)
    directory = own_directory(options.run_dir, started)
    parts = await asyncio.to_thread(banner, options.backend)
    screen.note("", parts)
    laid_out = await asyncio.to_thread(inventory, options.records)
    screen.note("", f"{options.records:,} RRsets of {len(laid_out.endpoints):,} endpoints; starting Ray")
    judging: list[asyncio.Task[Finding]] = []
    questions: list[str] = []
    async with AsyncExitStack() as stack:
        stack.enter_context(local_ray())
        interrupts.retake()  # Ray has taken the signals for itself
        stack.push_async_callback(_abandon, judging)
        for name in options.postures:
            finding, question = await _show(options, posture(name), laid_out, directory, screen, stack)
            judging.append(finding)
            questions.append(question)
        findings = [await finding for finding in judging]
        result = _written(options, screen, directory, started, parts, findings, questions)
        if options.keep:
            await _hold(screen, questions)
    return result


def own_directory(run_dir: Path, started: datetime) -> Path:
    """A new directory, named by the second; two runs of one second get two."""
    name = started.strftime("%Y%m%d-%H%M%S")
    for number in range(1, RUNS_A_SECOND + 1):
        directory = run_dir / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            directory.mkdir(parents=True)
            return directory
    raise BadEnvironment(f"{run_dir}: {RUNS_A_SECOND} runs have begun in this second")


async def _show(
    options: DemoOptions,
    shown: Posture,
    laid_out: Inventory,
    directory: Path,
    screen: Screen,
    stack: AsyncExitStack,
) -> tuple[asyncio.Task[Finding], str]:
    """Play one posture; its judgement has begun, and the question is what a DNS client may ask its server."""
    from namelatch.demo.stage import RealStage  # noqa: PLC0415  (imports Ray, which reads its environment then)

    screen.note(shown.name, shown.story)
    stage = RealStage(options, shown, laid_out, directory / shown.name, screen)
    async with AsyncExitStack() as own:
        await own.enter_async_context(stage)
        await play(stage, shown)
        ending = await stage.rest()
        await asyncio.sleep(AFTERMATH_S)
        await stage.close_actors()
        await record_roots(stage.authority, stage.directory)
        await stage.stop_prober()
        seen = await stage.through_the_outage()
        if options.keep:
            stack.push_async_exit(own.pop_all())
    question = f"dig @{stage.dns.host} -p {stage.dns.port} {laid_out.regional} A"
    return asyncio.create_task(
        _judge(options, shown, laid_out, stage.directory, stage.began_at, ending, seen, screen)
    ), question


async def _judge(
    options: DemoOptions,
    shown: Posture,
    laid_out: Inventory,
    directory: Path,
    began_at: float,
    ending: evidence.Ending,
    resolvers: Table | None,
    screen: Screen,
) -> Finding:
    screen.note(shown.name, "judging what was recorded")
    finding = await apart(_judged, options, shown, laid_out, directory, began_at, ending, resolvers)
    for shortfall in finding.shortfalls:
        screen.note(shown.name, f"not as the record says: {shortfall}")
    screen.note(shown.name, in_words(finding.story.row))
    return finding


async def _abandon(judging: list[asyncio.Task[Finding]]) -> None:
    """Judge no further: the run is over, or has ended otherwise."""
    for finding in judging:
        finding.cancel()
    await asyncio.gather(*judging, return_exceptions=True)


def _judged(
    options: DemoOptions,
    shown: Posture,
    laid_out: Inventory,
    directory: Path,
    began_at: float,
    ending: evidence.Ending,
    resolvers: Table | None,
) -> Finding:
    """Everything that can be learned from what the run left on disk."""
    recorded = evidence.read_history(directory)
    history, reports = recorded.lines, evidence.read_reports(directory)
    with (directory / "probes.jsonl").open(encoding="ascii") as lines:
        probes = list(from_lines(lines))
    bound_s = options.settings.demo.staleness_bound_s
    seen = judge(probes, evidence.acknowledged(history), bound_s, laid_out.regional)
    judgement = judge_history(history, Roots.SEEN, recorded.torn)
    wedged = evidence.is_wedged(reports, tale.AZS, laid_out.regional, seen)
    passes = evidence.passes_needed(history)
    killed = options.kill is not None
    missing = evidence.shortfalls(shown.name, seen, judgement, wedged, ending, reports, passes, killed)
    missing += evidence.resolver_shortfalls(shown.name, resolvers)
    row = tell.row(
        shown.name,
        options.records,
        int(ending.newest),
        seen,
        wedged=wedged,
        converged=evidence.is_converged(ending),
        lost_invariants=evidence.lost_invariants(judgement),
        as_expected=not missing,
    )
    story = Story(
        shown.name,
        tale.points(history, reports, laid_out.regional, began_at),
        tale.marks(history, reports, laid_out.regional, began_at),
        tell.answers(probes, laid_out.regional, began_at),
        row,
    )
    return Finding(story, seen, judgement, ending, missing, resolvers)


def _written(
    options: DemoOptions,
    screen: Screen,
    directory: Path,
    started: datetime,
    parts: str,
    findings: list[Finding],
    questions: list[str],
) -> DemoResult:
    """Write report.html and result.json, show the table."""
    rows: list[Row] = [finding.story.row for finding in findings]
    links = [Link("result.json", "the numbers")]
    links += [Link(f"{row.posture}/", f"histories, reports and probes of {row.posture}") for row in rows]
    tables = tuple(finding.resolvers for finding in findings if finding.resolvers is not None)
    race = Race(
        started.strftime("%Y-%m-%d %H:%M:%S UTC"),
        shlex.join(["namelatch", *sys.argv[1:]]),
        options.cause,
        tuple(finding.story for finding in findings),
        tuple(links),
        (parts,),
        tables,
    )
    report = directory / "report.html"
    report.write_text(render(race), encoding="utf-8")
    as_recorded = not any(finding.shortfalls for finding in findings)
    document = {
        "started": race.started,
        "cause": options.cause,
        "records": options.records,
        "backend": options.backend,
        "parts": parts,
        "as_recorded": as_recorded,
        "postures": [
            as_json(finding.story.row)
            | {"ending": asdict(finding.ending), "shortfalls": finding.shortfalls, "verdict": asdict(finding.verdict)}
            | {"judgement": as_document(finding.judgement)}
            | ({} if finding.resolvers is None else {"resolvers": as_seen(finding.resolvers)})
            for finding in findings
        ],
        "report": str(report),
    }
    (directory / "result.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    screen.table(rows)
    screen.lines(line for told in tables for line in ("", *seen_lines(told)))
    screen.lines((LEGEND,) if tables else ())
    screen.note("", f"report: {report}")
    if options.keep:
        for row, question in zip(rows, questions, strict=True):
            screen.note(row.posture, f"ask with any DNS client: {question}  (and +tcp)")
    screen.finish(document)
    return DemoResult(as_recorded, document)


async def _hold(screen: Screen, questions: list[str]) -> None:
    screen.note("", f"{len(questions)} postures stay up; Ctrl-C stops them")
    await asyncio.Event().wait()
