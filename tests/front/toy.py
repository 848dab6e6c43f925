"""A small server to be supervised: toy.py PORT WORD... answers every connection with its process id.

Words: `stubborn` ignores SIGTERM, `deaf` never listens, `short` ends at once with status 3, `parent` starts a
process of its own and writes its id to `grandchild`.
"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path


def main() -> None:
    port, words = int(sys.argv[1]), set(sys.argv[2:])
    if "short" in words:
        print("the toy is broken", flush=True)
        sys.exit(3)
    if "stubborn" in words:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "parent" in words:
        child = subprocess.Popen([sys.executable, __file__, "0", "deaf"])
        Path("grandchild").write_text(str(child.pid))
    if "deaf" in words:
        signal.pause()
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                connection.sendall(str(os.getpid()).encode())


if __name__ == "__main__":
    main()
