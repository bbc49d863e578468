"""Where msg-engine starts: Ctrl-C is answered in a sentence even while the libraries load."""

import json
import os
import signal
import sys
from typing import NoReturn

SENTENCE = "Stopped on request before the work began."
STOPPED = 4
SCHEMA = 1


def main() -> None:
    """Load the program, then run it."""
    was = signal.getsignal(signal.SIGINT)
    if was is signal.default_int_handler:  # a shell may have told us to ignore it
        signal.signal(signal.SIGINT, _give_up)
    # Late, because it loads torch: these seconds are most of what a wrong command takes.
    from engine.cli.app import main as run

    signal.signal(signal.SIGINT, was)
    run()


def _give_up(_signal: int, _frame: object) -> NoReturn:
    """Say so and end at once: an import that is broken off leaves libraries half made."""
    if "--json" in sys.argv:
        error = {"kind": "Cancelled", "message": SENTENCE, "exit_code": STOPPED}
        os.write(1, f"{json.dumps({'schema': SCHEMA, 'error': error})}\n".encode())
    else:
        os.write(2, f"{SENTENCE}\n".encode())
    os._exit(STOPPED)


if __name__ == "__main__":
    main()
