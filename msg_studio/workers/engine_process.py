"""One run of the engine process: its frames as messages, its complaints into the log, its end in words."""

import os
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from engine.errors import StudioError
from engine.frames import FrameReader
from engine.protocol import Message, WindowMessage, decode, encode
from msg_studio.workers.child_python import child_command, child_environment
from msg_studio.workers.engine_log import EngineLog

# One turn of the event loop reads no more, so that a flood leaves time for the window.
TURN_BYTES = 1 << 16


def engine_command(*options: str) -> tuple[str, ...]:
    """How to start the engine: this Python, without the current folder on its path.

    Args:
        *options: Options of `engine.server`.
    """
    return child_command("engine.server", *options)


class EngineProcess(QObject):
    """A child process that speaks the protocol; made for one run.

    Signals:
        said: A message came.
        ended: It ended, in words; nothing follows.
        not_started: It could not be started, in words; nothing follows.

    Args:
        command: Program and arguments.
        log: Where its stderr goes.
        parent: Qt parent.
    """

    said = Signal(object)
    ended = Signal(str)
    not_started = Signal(str)

    def __init__(self, command: Sequence[str], log: EngineLog, parent: QObject) -> None:
        super().__init__(parent)
        self._log = log
        self._reader = FrameReader()
        self._trouble = ""
        self._process = QProcess(self)
        self._process.setProgram(command[0])
        self._process.setArguments(list(command[1:]))
        self._process.setProcessEnvironment(child_environment())
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._keep_complaints)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._heed_error)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._read)

    @property
    def pid(self) -> int:
        """Its process id, 0 when it does not run."""
        return int(self._process.processId())

    def start(self) -> None:
        """Start it."""
        self._process.start()

    def send(self, message: WindowMessage) -> None:
        """Send a message.

        Raises:
            InputError: When a file name in it is no Unicode text.
            WorkError: When it is too long.
        """
        self._process.write(encode(message))

    def kill(self, why: str = "") -> None:
        """End it at once; `ended` follows.

        Args:
            why: The words `ended` will carry; the system's words when empty.
        """
        self._trouble = self._trouble or why
        self._process.kill()

    def leave(self, *, within_ms: int) -> None:
        """Let it end by closing its stdin, and kill it when it does not; waits. No signal follows."""
        self.blockSignals(True)
        self._process.closeWriteChannel()
        if self._process.state() is not QProcess.ProcessState.NotRunning and not (
            self._process.waitForFinished(within_ms)
        ):
            self._process.kill()
            self._process.waitForFinished(within_ms)
        self._log.close()

    def _read(self) -> None:
        self._take_in(bytes(self._process.read(TURN_BYTES).data()))
        if self._process.bytesAvailable():
            self._again.start(0)

    def _take_in(self, data: bytes) -> None:
        try:
            for text in self._reader.feed(data):
                message: Message = decode(text)
                self.said.emit(message)
        except StudioError as error:
            self.kill(str(error))

    def _keep_complaints(self) -> None:
        self._log.write(bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace"))

    def _finish(self, status: int, how: QProcess.ExitStatus) -> None:
        self._again.stop()
        self._process.setReadChannel(QProcess.ProcessChannel.StandardOutput)
        self._take_in(bytes(self._process.readAllStandardOutput().data()))
        self._keep_complaints()
        self._log.close()
        crashed = how is QProcess.ExitStatus.CrashExit
        words = f"ended by signal {status}" if crashed and os.name == "posix" else f"exit status {status}"
        self.ended.emit(self._trouble or words)

    def _heed_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.not_started.emit(self._process.errorString())
