"""Opens the window with the sample project and closes it: one run for the repaints bench and its test.

``python -m msg_studio.bench.open_close``. What matters is the exit status: a window that is not taken
apart in the right order ends the process with a signal.
"""

import sys

from engine.errors import StudioError
from msg_studio.bench.sample_window import sample_window


def main() -> int:
    """Open, fill, paint, close; 0 when all of it went well."""
    try:
        with sample_window() as studio:
            studio.window.repaint()
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
