"""The user's adapters: listed, switched on and off, and shown where takes are ordered and listed."""

from PySide6.QtCore import QObject

from msg_studio.qt_models.adapter_choice import AdapterChoice
from msg_studio.stage import Stage
from msg_studio.views.adapter_dialog import AdapterDialog
from msg_studio.workers.engine_client import EngineClient


class AdapterWiring(QObject):
    """Keeps the generate button, the table of takes and the settings on the adapter that is on."""

    def __init__(self, client: EngineClient, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._settings = stage.settings
        self._window = stage.window
        self.choice = AdapterChoice(stage.settings.adapter, self)
        self.choice.changed.connect(self._show)
        client.state_changed.connect(self._note_base)
        stage.window.action("adapters").triggered.connect(self.ask)
        stage.window.work.inspector.order.adapters_wanted.connect(self.ask)
        self._note_base()
        self._show()

    def ask(self) -> None:
        """Show the list."""
        self.choice.look()
        dialog = AdapterDialog(self.choice, self._window)
        dialog.switched.connect(self._switch)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _switch(self, name: str, on: bool) -> None:
        self.choice.switch(name, on=on)
        self._settings.set_adapter(self.choice.wanted)
        words = f"Takes are made with adapter {name}" if on else f"Adapter {name} is off"
        self._window.say(f"{words} from now on.")

    def _note_base(self) -> None:
        if self._client.model is not None:
            self.choice.set_base(self._client.model.model_sha256)

    def _show(self) -> None:
        self._window.work.inspector.order.show_adapter(self.choice.active)
        self._window.work.takes.takes.set_adapter_names(self.choice.names())
