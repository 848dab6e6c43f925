"""A planner that somebody has started too early: leads, publishes some plans, and leads until its input ends.

python hasty.py COUNT FIRST: writes the inputs COUNT times, from 192.0.2.FIRST on, and publishes each. Settings come
from the environment. Prints the generations, one a line.
"""

import asyncio
import sys

from actors.planner import depose, lead, publish
from actors.roles import PlannerPorts, PlannerSettings
from namelatch import translate
from namelatch.compose import Wiring, open_ports
from namelatch.hosting import REGION
from namelatch.inputs import FileInputs
from namelatch.loading import load
from namelatch.log import configure

NAME = "api.example.com"


async def main(count: int, first: int) -> None:
    settings = load()
    configure("warning")  # to standard error: our output is for answers
    inputs = settings.planner.inputs
    assert inputs is not None
    etcd, kafka = translate.etcd_settings(settings.etcd), translate.kafka_settings(settings.kafka)
    async with open_ports(Wiring(etcd, kafka, settings.log.history), "hasty") as ports:
        world = PlannerPorts(ports, FileInputs(inputs).open(REGION))
        planner = PlannerSettings(REGION, "hasty")
        leading = None
        while leading is None:
            await depose(world, planner)
            leading = await lead(world, planner)
        for last in range(first, first + count):
            beside = inputs.with_suffix(".new")
            beside.write_text(f'["{NAME}"]\nttl = 5\nA = {{ "192.0.2.{last}" = 100 }}\n')
            beside.replace(inputs)
            manifest = None
            while manifest is None:
                manifest = await publish(world, planner, leading)
            print(manifest.generation, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await ports.claims.release(leading.key)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
