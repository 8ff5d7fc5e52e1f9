"""The parent of the server processes: it loads all code and models once, and forks one whenever it is told to.

A process that starts by itself reads half a thousand modules and the models anew, which on a busy machine takes many
seconds; a forked one has them, and shares their memory. What does not outlive a fork is not opened here: no thread, no
connection, no index. So the models are run by one thread a question (embedding.threads holds elsewhere): the runtime
makes no threads of its own then. A reload starts a new parent, which reads code and settings anew.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys

from kb.errors import KbError
from kb.messages.catalogue import say, shell_language
from kb.settings import Settings, load_settings
from retriever.errors import RetrieverError
from retriever.factory import Models, open_models
from web import logs
from web.server import worker
from web.server.frames import Channel
from web.server.processes import name_process
from web.settings import WebSettings

_LOOK_S = 0.5  # between two looks whether a child has ended
_TOLD = 65_536  # bytes of an order, which is far shorter


def main() -> int:
    """Fork until the supervisor is gone; returns the exit code, also of a child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's goes to the supervisor too, who decides
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    name_process("kb-parent")
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, required=True)
    with socket.socket(fileno=parser.parse_args().orders) as orders:
        try:
            settings = load_settings()
            logs.configure(settings.section(WebSettings).log_format)
            models = open_models(settings, forks=True)
        except (KbError, RetrieverError) as error:
            _say(orders, failed=error.code, message=say(error, shell_language()))
            return 3
        gc.collect()
        gc.freeze()  # a collection in a child then touches, and so copies, none of what is shared
        _say(orders, ready=True)
        return _fork_on_order(orders, settings, models)


def _fork_on_order(orders: socket.socket, settings: Settings, models: Models) -> int:
    while True:
        if select.select([orders], [], [], _LOOK_S)[0]:
            told, files, _, _ = socket.recv_fds(orders, _TOLD, 1)
            if not told:
                return 0  # the supervisor is gone, or wants no more of this parent
            slot = json.loads(told)["slot"]
            pid = os.fork()
            if pid == 0:
                orders.close()
                _child(files[0], slot, settings, models)
            os.close(files[0])
            _say(orders, slot=slot, pid=pid)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _child(file: int, slot: int, settings: Settings, models: Models) -> None:
    """Be a server process; never returns into the parent's code."""
    code = 1
    name_process("kb-starting")
    try:
        os.set_inheritable(file, False)
        with socket.socket(fileno=file) as own:
            code = worker.run(Channel(own), slot, settings, models)
    except Exception:
        worker.log.exception("worker failed")
    finally:
        sys.stderr.flush()
        os._exit(code)


def _say(orders: socket.socket, **said: object) -> None:
    with contextlib.suppress(OSError):  # the supervisor is gone: the next read tells
        orders.sendall((json.dumps(said) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main())
