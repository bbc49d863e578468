"""Each test of the window starts with the plain look: a theme put on by one must not reach the next."""

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication


@pytest.fixture(autouse=True)
def plain_look() -> Iterator[None]:
    """Take off what a test has put on."""
    yield
    application = QApplication.instance()
    if isinstance(application, QApplication) and application.styleSheet():
        application.setStyleSheet("")
        application.setPalette(QPalette())


@pytest.fixture(scope="module", autouse=True)
def _no_windows_left_over() -> Iterator[None]:
    """Collect what a module's windows left behind, while the application that owned them is there.

    Widgets in reference cycles, collected many modules later, ended the process inside Qt.
    """
    yield
    gc.collect()
