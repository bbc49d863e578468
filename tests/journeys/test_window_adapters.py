"""The user's adapters in the window: switched on in the list, shown near the button, named in the order."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.adapter_cards import AdapterCard, write_adapter_card
from engine.orders import GenerateTakes, Order
from msg_studio.studio import Studio
from msg_studio.views.adapter_dialog import AdapterDialog
from tests.engine.test_adapter_cards import card_in
from tests.journeys.journey import (
    KNOCK,
    dialog_of,
    open_here,
    project_of,
    running_studio,
    said,
    wait_until,
)

SCRIPTED_BASE = "0" * 64


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AdapterCard:
    """An adapter for the scripted engine's model, on the disk."""
    monkeypatch.setenv("MSG_ADAPTERS", str(tmp_path / "adapters"))
    made = replace(card_in(tmp_path / "adapters"), base_sha256=SCRIPTED_BASE)
    write_adapter_card(made)
    made.weights.write_bytes(b"weights")
    return made


def ready(studio: Studio, qtbot: QtBot) -> None:
    wait_until(qtbot, lambda: studio.workshop.engine.state == "ready")


def box_of(dialog: AdapterDialog) -> Qt.CheckState:
    return dialog.table.item(0, 0).checkState()


def test_an_adapter_switched_on_is_shown_and_goes_with_the_next_order(
    card: AdapterCard, studio: Studio, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_here(studio, qtbot, folder)
    ready(studio, qtbot)
    box = studio.window.work.inspector.order
    assert box.adapter_button.text() == "Adapter: none"

    qtbot.mouseClick(box.adapter_button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(studio, qtbot, AdapterDialog)
    dialog.table.setCurrentCell(0, 0)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Space)
    assert box_of(dialog) == Qt.CheckState.Checked
    assert "Takes are made with adapter soft steps" in said(studio)
    dialog.close()
    assert box.adapter_button.text() == "Adapter: soft steps"

    sent: list[Order] = []
    submit = studio.workshop.engine.submit

    def noted(order: Order) -> int:
        sent.append(order)
        return submit(order)

    monkeypatch.setattr(studio.workshop.engine, "submit", noted)
    studio.workshop.stage.model.select(KNOCK.id)
    qtbot.keyClick(studio.window.work.timeline.canvas, Qt.Key.Key_G)
    assert [order.adapter for order in sent if isinstance(order, GenerateTakes)] == ["soft steps"]
    wait_until(qtbot, lambda: len(project_of(studio).takes) > 0)

    takes = studio.window.work.takes.takes
    model = studio.workshop.stage.model
    model.add_takes([replace(project_of(studio).takes[0], id="tuned", adapter=card.sha256)])
    badges = [takes.index(row, takes.columnCount() - 1).data() for row in range(takes.rowCount())]
    assert badges[-1] == "starter + soft steps"
    assert badges[0] == "starter"


def test_the_adapter_is_on_again_at_the_next_start(card: AdapterCard, qtbot: QtBot) -> None:
    with running_studio(qtbot) as first:
        ready(first, qtbot)
        first.window.action("adapters").trigger()
        dialog = dialog_of(first, qtbot, AdapterDialog)
        dialog.switched.emit("soft steps", True)
        dialog.close()
    with running_studio(qtbot) as second:
        ready(second, qtbot)
        assert second.window.work.inspector.order.options.adapter == "soft steps"
        card.weights.unlink()
        second.window.action("adapters").trigger()
        assert second.window.work.inspector.order.options.adapter == ""
        dialog_of(second, qtbot, AdapterDialog).close()
