"""``python -m bench.probe PORT SECONDS``: how long /healthz takes, looked at from a process that does nothing else.

A load test's own process is busy with hundreds of connections, and would measure itself. Each look is a new connection;
one that fails counts as ten seconds. Prints milliseconds as a list of JSON.
"""

from __future__ import annotations

import json
import sys
from http.client import HTTPConnection, HTTPException
from time import monotonic, perf_counter, sleep

EVERY_S = 0.2
FAILED_MS = 10_000.0


def look(port: int) -> float:
    """Milliseconds until /healthz has answered on a new connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=FAILED_MS / 1000)
    began = perf_counter()
    try:
        connection.request("GET", "/healthz")
        is_well = connection.getresponse().status == 200
    except (OSError, HTTPException):
        is_well = False
    finally:
        connection.close()
    return (perf_counter() - began) * 1000 if is_well else FAILED_MS


def main() -> int:
    """Look for so long, and print what was measured."""
    port, end = int(sys.argv[1]), monotonic() + float(sys.argv[2])
    found = []
    while monotonic() < end:
        found.append(round(look(port), 2))
        sleep(EVERY_S)
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
