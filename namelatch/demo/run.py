"""Runs the demo: the parts, the race under each posture, the judgement."""

from namelatch.demo.options import DemoOptions, DemoResult, Progress
from namelatch.trouble import BadEnvironment


async def run(options: DemoOptions, show: Progress) -> DemoResult:
    """Show every posture in turn. Stops whatever it started, however it ends."""
    show.say(f"{options.records} records, postures {', '.join(options.postures)}")
    raise BadEnvironment("this installation has no demo to run")
