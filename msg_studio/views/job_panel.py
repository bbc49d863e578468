"""The engine's jobs: how far each is, how long it still takes, and the way to stop it."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from msg_studio.qt_models.job_list import Job, JobList, clock_words
from msg_studio.views.panel_parts import make_button

REPAINT_MS = 50  # the engine may report a thousand times a second
RETRIED = ("failed", "interrupted", "cancelled")
STOPPED = ("failed", "interrupted")
ROWS_SHOWN = 3


class JobRow(QFrame):
    """One job: words, stage, progress, times, and its buttons.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = QLabel(self)
        self.stage = QLabel(self)
        self.times = QLabel(self)
        self.bar = QProgressBar(self)
        self.cancel_button = make_button("Cancel", "Stop this job within a second", self)
        self.retry_button = make_button("Retry", "Do this job again", self)
        self.stage.setWordWrap(True)
        self.words.setWordWrap(True)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 4)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.words, 0, 0)
        grid.addWidget(self.times, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.stage, 1, 0, 1, 2)
        grid.addWidget(self.bar, 2, 0, 1, 2)
        for button in (self.cancel_button, self.retry_button):
            grid.addWidget(button, 0, 2, 2, 1)
        grid.setColumnStretch(0, 1)

    def show_job(self, job: Job, *, times: str) -> None:
        """Show how far a job is; `times` are its durations in words."""
        self.words.setText(job.words)
        self.words.setToolTip(job.words)
        self.stage.setText(job.state_words)
        self.times.setText(times)
        self.bar.setVisible(job.is_open)
        percent = job.percent
        self.bar.setRange(0, 100 if percent is not None or job.state == "queued" else 0)
        self.bar.setValue(percent or 0)
        self.bar.setAccessibleName(f"Progress of {job.words}")
        self.cancel_button.setVisible(job.is_open)
        self.cancel_button.setEnabled(job.state != "cancelling")
        self.retry_button.setVisible(job.state in RETRIED)
        self.setAccessibleName(f"{job.words}: {job.state_words}")

    def height_at(self, width: int) -> int:
        """Height it needs at a width, its words wrapped."""
        return max(self.heightForWidth(width), self.minimumSizeHint().height())


class JobPanel(QWidget):
    """Jobs that wait, run or failed as rows, the newest first; hidden when there are none.

    Args:
        jobs: What the engine does.
        parent: Owner.

    Signals:
        cancel_wanted: The user stops a job (int: its number).
        retry_wanted: The user wants an ended job done again (int: its number).
    """

    cancel_wanted = Signal(int)
    retry_wanted = Signal(int)

    def __init__(self, jobs: JobList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._rows: dict[int, JobRow] = {}
        self._cleared: set[int] = set()
        self.summary = QLabel(self)
        self.clear_button = make_button("Clear failed", "Take failed jobs from the list", self)
        self.rows_area = QScrollArea(self)
        self._rows_box = QWidget(self.rows_area)
        self._lay_out()
        self._repaint = QTimer(self, interval=REPAINT_MS, singleShot=True)
        self._repaint.timeout.connect(self._show)
        jobs.changed.connect(self._show_soon)
        self.clear_button.clicked.connect(self.clear_failed)
        self._show()

    @property
    def rows(self) -> dict[int, JobRow]:
        """The rows that are shown, by job number."""
        return dict(self._rows)

    def clear_failed(self) -> None:
        """Take failed jobs from the list."""
        self._cleared.update(job.number for job in self._jobs.jobs if not job.is_open)
        self._show()

    def _show_soon(self) -> None:
        if not self._repaint.isActive():
            self._repaint.start()

    def _show(self) -> None:
        shown = [job for job in self._jobs.jobs if job.number not in self._cleared and wants_a_row(job)]
        for number in self._rows.keys() - {job.number for job in shown}:
            self._rows.pop(number).deleteLater()
        for job in shown:
            row = self._rows.get(job.number) or self._add_row(job.number)
            row.show_job(job, times=self._times(job))
        self.summary.setText(summary_words(shown))
        self.clear_button.setVisible(any(not job.is_open for job in shown))
        self.setVisible(bool(shown))
        self._fit_height()

    def _add_row(self, number: int) -> JobRow:
        row = JobRow(self._rows_box)
        row.cancel_button.clicked.connect(lambda: self.cancel_wanted.emit(number))
        row.retry_button.clicked.connect(lambda: self.retry_wanted.emit(number))
        self._rows_layout.insertWidget(0, row)
        self._rows[number] = row
        return row

    def _times(self, job: Job) -> str:
        elapsed_s, remaining_s = self._jobs.elapsed_s(job), self._jobs.remaining_s(job)
        words = [clock_words(elapsed_s)] if elapsed_s is not None else []
        if remaining_s is not None:
            words.append(f"about {clock_words(remaining_s)} left")
        return " · ".join(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words wrap at another width."""
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        """As high as the rows, up to a few of them; more scroll."""
        width = self.rows_area.viewport().width()
        heights = [row.height_at(width) for row in self._rows.values()]
        self.rows_area.setFixedHeight(sum(sorted(heights)[-ROWS_SHOWN:]) + 4)

    def _lay_out(self) -> None:
        self.setAccessibleName("Jobs")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._rows_layout = QVBoxLayout(self._rows_box)
        self._rows_layout.setContentsMargins(0, 0, 0, 0)
        self._rows_layout.setSpacing(0)
        self._rows_layout.addStretch(1)
        self.rows_area.setWidget(self._rows_box)
        self.rows_area.setWidgetResizable(True)
        self.rows_area.setFrameShape(QFrame.Shape.NoFrame)
        head = QHBoxLayout()
        head.addWidget(self.summary, stretch=1)
        head.addWidget(self.clear_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.rows_area)


def wants_a_row(job: Job) -> bool:
    """Whether there is something to see or to do about a job; what it made shows elsewhere."""
    return job.is_open or job.state in STOPPED


def summary_words(jobs: list[Job]) -> str:
    """All jobs in one line."""
    running = sum(job.is_open and job.state != "queued" for job in jobs)
    queued = sum(job.state == "queued" for job in jobs)
    stopped = sum(job.state in STOPPED for job in jobs)
    counts = ((running, "running"), (queued, "waiting"), (stopped, "failed"))
    return f"Jobs: {', '.join(f'{count} {state}' for count, state in counts if count)}"
