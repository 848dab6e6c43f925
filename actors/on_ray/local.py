"""A Ray of our own on this machine: no dashboard, no usage statistics, gone when we go.

Ray names 127.0.0.1 as its address, but some of its servers bind to every interface and can't be told otherwise
(2.60, tried). So it always runs with token authentication, under a token that is made anew for each run.
"""

import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

OBJECT_STORE_BYTES = 100_000_000  # calls carry names and numbers; plans travel through Kafka


@contextmanager
def local_ray() -> Iterator[None]:
    """Start Ray for the time of the block. Its files live in a short temporary path (sockets have 107 bytes)."""
    assert "ray" not in sys.modules, "Ray has read another environment when it was imported"
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    # Serving goes before acting, so actors are a little nicer than the DNS server; Ray's default of 15 would starve
    # them beside anything else that runs. The name is Ray's own, lower case.
    os.environ["RAY_worker_niceness"] = "5"  # noqa: SIM112
    # Ray's own switch for a single machine: it then names 127.0.0.1 as the address of its parts.
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    import ray  # noqa: PLC0415  (after the environment that it reads when imported)

    # What its daemon says of killed workers goes to our standard output, which may be for programs. Ray has no
    # public switch for that; a test notices when this one is gone.
    ray._private.worker._worker_logs_enabled = False

    directory = tempfile.mkdtemp(prefix="nl-", dir="/tmp")
    try:
        ray.init(
            address="local",
            num_cpus=1,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            configure_logging=False,
            object_store_memory=OBJECT_STORE_BYTES,
            _temp_dir=directory,
        )
        yield
    finally:
        ray.shutdown()
        shutil.rmtree(directory, ignore_errors=True)
