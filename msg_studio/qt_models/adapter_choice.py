"""Which of the user's adapters is switched on, and which can be."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.adapter_cards import AdapterCard, DamagedAdapter, list_adapters

Adapter = AdapterCard | DamagedAdapter
SHOWN_OF_HASH = 6
NO_BASE = "the engine is not ready yet, so its base is not known"


class AdapterChoice(QObject):
    """The adapters on the disk, one of them on at most.

    Args:
        active: Name of the one that was on last time, empty for none.
        parent: Owner.
        folder: Where adapters lie; the user's own when None.

    Signals:
        changed: Another list, another base, or another one switched on.

    Attributes:
        adapters: All of them, by name.
    """

    changed = Signal()

    def __init__(self, active: str, parent: QObject, *, folder: Path | None = None) -> None:
        super().__init__(parent)
        self.adapters: tuple[Adapter, ...] = ()
        self._active = active
        self._folder = folder
        self._base_sha256 = ""

    @property
    def active(self) -> str:
        """Name of the adapter takes are made with, empty for none; one that cannot be used is none."""
        card = next((one for one in self.adapters if one.name == self._active), None)
        return self._active if card is not None and not self.reason_against(card) else ""

    @property
    def wanted(self) -> str:
        """Name of the adapter the user switched on last, whether it can be used or not."""
        return self._active

    def set_base(self, sha256: str) -> None:
        """Note the hash of the weights that adapters would sit on."""
        if sha256 != self._base_sha256:
            self._base_sha256 = sha256
            self.look()

    def look(self) -> None:
        """Look at the disk: adapters come and go with the trainer."""
        self.adapters = tuple(list_adapters(self._folder))
        self.changed.emit()

    def switch(self, name: str, *, on: bool) -> None:
        """Switch an adapter on, in place of any other one, or off."""
        self._active = name if on else "" if name == self._active else self._active
        self.changed.emit()

    def reason_against(self, adapter: Adapter) -> str:
        """Why an adapter cannot be used now, empty when it can."""
        if isinstance(adapter, DamagedAdapter):
            return adapter.reason
        if not self._base_sha256:
            return NO_BASE
        if adapter.base_sha256 != self._base_sha256:
            own, other = (text[:SHOWN_OF_HASH] for text in (self._base_sha256, adapter.base_sha256))
            return f"made for {adapter.base_model} {other}, in use are the weights {own}: train it again"
        return ""

    def names(self) -> dict[str, str]:
        """Names of the adapters by the hash that takes carry."""
        return {card.sha256: card.name for card in self.adapters if isinstance(card, AdapterCard)}


def agreement_in_words(card: AdapterCard) -> str:
    """How often an adapter ranks pairs as its trainer did."""
    if card.agreement is None:
        return "not measured"
    return f"agrees with {card.agreement:.0%} of the pairs kept apart"
