"""Has the proxy of a film made by a child process in the background, once, and says when it is there.

The child (engine.media.proxy) ends by itself when nobody reads its progress any more, so that a
window that was killed leaves no process behind; what it wrote so far is deleted by later builds.
"""

import json
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject, QProcess, QThreadPool, QTimer, Signal

from engine.progress import Progress
from engine.records import ClipInfo
from msg_studio.workers.child_python import child_command, child_environment

QUICK_MS = 30  # a film whose every picture comes this soon needs no proxy
_MS_PER_MEGAPIXEL = 1.0  # decoding, measured with H.264 on one core
_SLOW_CODECS = {"hevc": 2.0, "vp9": 2.0, "av1": 2.5, "libdav1d": 2.5}
_STOP_MS = 3000


def proxy_folder() -> Path:
    """Where the proxies of this user lie."""
    return platformdirs.user_cache_path("MultiSoundGen Studio", appauthor=False) / "proxies"


def words_without_proxy(info: ClipInfo, *, longest_group: int) -> str:
    """Why a film needs no proxy, as a sentence; empty when it needs one.

    Args:
        info: The film.
        longest_group: Most pictures from one keyframe up to the next.
    """
    if longest_group <= 1:
        return "Every picture of this film can be reached at once: it needs no proxy."
    megapixels = info.width * info.height / 1e6
    slowest_ms = longest_group * megapixels * _MS_PER_MEGAPIXEL * _SLOW_CODECS.get(info.video_codec, 1.0)
    if slowest_ms <= QUICK_MS:
        return f"Any picture of this film is decoded within {QUICK_MS} ms: it needs no proxy."
    return ""


class ProxyBuilder(QObject):
    """Makes proxies, one at a time.

    Signals:
        progressed: How far the proxy has come (Progress).
        ready: The proxy is there (Path); whether it is whole is found when it is opened.
        failed: It cannot be made (str, why); the film works without it.

    Args:
        folder: Where proxies lie, None for the user's cache.
        parent: Qt parent.
    """

    progressed = Signal(object)
    ready = Signal(object)
    failed = Signal(str)

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder or proxy_folder()
        self._build: _Build | None = None

    @property
    def busy(self) -> bool:
        """Whether a proxy is being made."""
        return self._build is not None

    def find_or_build(self, info: ClipInfo, *, anew: bool = False) -> None:
        """Announce the proxy of a film at once if it is there, else have it made.

        A proxy being made of another film is given up.

        Args:
            info: The film.
            anew: Make it even if one is there, which was found damaged.
        """
        # Imported here because FFmpeg's libraries are loaded after the window is up.
        from engine.media.proxy import proxy_path

        self.cancel()
        target = proxy_path(self._folder, info.fingerprint)
        if target.is_file() and not anew:
            self.ready.emit(target)
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.failed.emit(
                f"No proxy of {info.path.name}: the folder {self._folder} cannot be made "
                f"({error.strerror or error}). Scrubbing works without it, more slowly."
            )
            return
        self._build = _Build(target, self)
        self._build.progressed.connect(self.progressed)
        self._build.done.connect(self._announce)
        self._build.failed.connect(self._give_in)
        self._build.start(info.path)

    def cancel(self) -> None:
        """Give up the proxy being made; nothing more is heard of it."""
        build, self._build = self._build, None
        if build is not None:
            build.give_up()

    def shut_down(self) -> None:
        """Give up the proxy being made and wait until its process has ended."""
        self.cancel()
        for build in self.findChildren(_Build):
            build.wait()

    def _announce(self, target: Path) -> None:
        self._build = None
        self._prune()
        self.ready.emit(target)

    def _give_in(self, words: str) -> None:
        self._build = None
        self.failed.emit(words)

    def _prune(self) -> None:
        """Keep the folder within its limit, in a thread: deleting large files is slow on some disks."""
        # Imported here because FFmpeg's libraries are loaded after the window is up.
        from engine.media.proxy import prune_proxies

        folder = self._folder
        QThreadPool.globalInstance().start(lambda: prune_proxies(folder))


class _Build(QObject):
    """One run of the child process; it deletes itself when the process has ended.

    Signals:
        progressed: How far it has come (Progress).
        done: The proxy is there (Path).
        failed: It cannot be made (str, why).
    """

    progressed = Signal(object)
    done = Signal(object)
    failed = Signal(str)

    def __init__(self, target: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._target = target
        self._complaint = ""  # the last line on stderr that was no progress
        self._process = QProcess(self)
        self._process.setProcessEnvironment(child_environment())
        self._process.readyReadStandardError.connect(self._read_progress)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._heed_error)

    def start(self, film: Path) -> None:
        program, *arguments = child_command("engine.media.proxy", str(film.absolute()), str(self._target))
        self._process.start(program, arguments)

    def give_up(self) -> None:
        """End the process, kindly at first, without another word."""
        self.blockSignals(True)
        if self._process.state() is QProcess.ProcessState.NotRunning:
            return
        self._process.terminate()
        patience = QTimer(self, singleShot=True, interval=_STOP_MS)
        patience.timeout.connect(self._process.kill)
        patience.start()

    def wait(self) -> None:
        """Wait until the process has ended; kill it when that takes too long."""
        running = self._process.state() is not QProcess.ProcessState.NotRunning
        if running and not self._process.waitForFinished(_STOP_MS):
            self._process.kill()
            self._process.waitForFinished(_STOP_MS)

    def _read_progress(self) -> None:
        """Tell of the newest of the lines that came."""
        self._process.setReadChannel(QProcess.ProcessChannel.StandardError)
        newest: Progress | None = None
        while self._process.canReadLine():
            line = self._process.readLine().toStdString()
            found = _progress_in(line)
            newest = found or newest
            if found is None:
                self._complaint = line.strip() or self._complaint
        if newest is not None:
            self.progressed.emit(newest)

    def _finish(self, status: int, how: QProcess.ExitStatus) -> None:
        self.deleteLater()
        answer = self._process.readAllStandardOutput().toStdString()
        if how is QProcess.ExitStatus.NormalExit and status == 0:
            self.done.emit(self._target)
        else:
            self.failed.emit(_words_in(answer) or self._words_of_end(status, how))

    def _heed_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # all others are followed by the end of the process
            self.deleteLater()
            reason = self._process.errorString()
            self.failed.emit(
                f"The proxy could not be made: {reason}. Scrubbing works without it, more slowly."
            )

    def _words_of_end(self, status: int, how: QProcess.ExitStatus) -> str:
        end = f"status {status}" if how is QProcess.ExitStatus.NormalExit else "a crash"
        reason = f" ({self._complaint})" if self._complaint else ""
        return f"Making the proxy ended with {end}{reason}. Scrubbing works without it, more slowly."


def _progress_in(line: str) -> Progress | None:
    """The progress that a line of the child tells of, None when it is something else."""
    try:
        found = json.loads(line)
        return Progress(str(found["stage"]), int(found["done"]), int(found["total"]), str(found["note"]))
    except (ValueError, TypeError, KeyError):
        return None


def _words_in(answer: str) -> str:
    """The message of the error that the child answered with, empty when there is none."""
    try:
        return str(json.loads(answer)["error"]["message"])
    except (ValueError, TypeError, KeyError):
        return ""
