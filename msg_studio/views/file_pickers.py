"""File dialogs that ask for something that exists; where they begin is the caller's to say."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from msg_studio.files.dropped import film_filter


def film_picker(title: str, begin: Path, parent: QWidget) -> QFileDialog:
    """A dialog for a film, to be opened with ``open``; `fileSelected` names it.

    Args:
        title: What the film is wanted for.
        begin: The folder shown first.
        parent: Owner.
    """
    dialog = QFileDialog(parent, title, str(begin))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([film_filter(), "All files (*)"])
    return dialog


def folder_picker(title: str, begin: Path, parent: QWidget) -> QFileDialog:
    """A dialog for a folder, to be opened with ``open``; `fileSelected` names it.

    Args:
        title: What the folder is wanted for.
        begin: The folder shown first.
        parent: Owner.
    """
    dialog = QFileDialog(parent, title, str(begin))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return dialog
