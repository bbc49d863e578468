"""How the engine is, said where the user looks: status line, generate button, notices."""

from PySide6.QtCore import QObject

from engine.errors import StudioError
from msg_studio.orders import EngineOrders
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.stage import Stage
from msg_studio.views.notice_strip import NoticeButton
from msg_studio.workers.engine_client import EngineClient

NOTICE, UNHEEDED = "engine", "unheeded"
REMEDY = "The takes were made all the same: name other words under More, or leave them out."
SAFE = "Your project is safe."


class EngineWiring(QObject):
    """Tells the window what the engine's client knows."""

    def __init__(self, client: EngineClient, orders: EngineOrders, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._playhead = stage.playhead
        self._window = window = stage.window
        client.state_changed.connect(self._show_state)
        self._orders = orders
        orders.problem.connect(window.say)
        orders.arrived.connect(window.say)
        orders.unheeded.connect(self._show_unheeded)
        stage.model.project_opened.connect(lambda: self._show_unheeded(""))
        window.work.inspector.generate_wanted.connect(self._generate)
        window.work.takes.remake_wanted.connect(self._regenerate)
        window.work.jobs.cancel_wanted.connect(orders.cancel)
        window.work.jobs.retry_wanted.connect(self._retry)
        self._show_state(client.state)

    def _generate(self, event_id: str, options: GenerateOptions) -> None:
        try:
            self._orders.generate(event_id, options)
        except StudioError as error:
            self._window.say(f"No takes can be made: {error}")

    def _regenerate(self, take_id: str, strength: float) -> None:
        self._window.work.inspector.settle()
        options = self._window.work.inspector.options
        try:
            self._orders.regenerate(take_id, self._playhead.segment, strength, options)
        except StudioError as error:
            self._window.say(str(error))

    def _show_unheeded(self, words: str) -> None:
        if words:
            self._window.notices.show_notice(UNHEEDED, f"{words} {REMEDY}")
        else:
            self._window.notices.withdraw(UNHEEDED)

    def _retry(self, job: int) -> None:
        try:
            self._orders.retry(job)
        except StudioError as error:
            self._window.say(str(error))

    def _show_state(self, state: str) -> None:
        words = self._words(state)
        self._window.say_engine(f"Engine: {words}")
        usable = state in ("ready", "busy")
        self._window.work.inspector.set_engine_words(f"Engine: {words}", usable)
        self._window.welcome.set_check("Engine", words, check_of(state, reason=self._client.reason))
        if usable:
            self._window.notices.withdraw(NOTICE)
        elif state == "restarting":
            count = f"{self._client.restarts} of {self._client.most_restarts}"
            self._notify(
                f"The engine stopped ({self._client.reason}). {SAFE} Restarting, {count} ...", "Restart now"
            )
        elif state == "stopped" and self._client.reason:
            self._notify(f"The engine is not running: {self._client.reason} {SAFE}", "Start it again")

    def _words(self, state: str) -> str:
        if state in ("ready", "busy") and self._client.model is not None:
            model = self._client.model
            return f"{state}, {model.model} on {model.device}"
        return state

    def _notify(self, words: str, button: str) -> None:
        again = NoticeButton(button, self._client.restart)
        self._window.notices.show_notice(NOTICE, words, buttons=(again,))


def check_of(state: str, *, reason: str) -> str:
    """How the welcome page's check list marks a state of the engine."""
    if state in ("ready", "busy"):
        return "good"
    return "trouble" if reason else "waiting"
