"""The menus: every action of the window with its words and keys, in the order they are shown."""

from dataclasses import dataclass

SEPARATOR = "-"


@dataclass(frozen=True)
class MenuRow:
    """One action.

    Attributes:
        name: What the program calls it; SEPARATOR for a line between actions.
        words: What the user reads; "&" marks the letter for Alt.
        keys: Shortcut, empty for none.
        checkable: Whether it is switched on and off.
        repeats: Whether holding the key repeats it.
    """

    name: str
    words: str = ""
    keys: str = ""
    checkable: bool = False
    repeats: bool = False


LINE = MenuRow(SEPARATOR)

MENUS: dict[str, tuple[MenuRow, ...]] = {
    "&File": (
        MenuRow("new", "&New project from a video...", "Ctrl+N"),
        MenuRow("open", "&Open project...", "Ctrl+O"),
        MenuRow("sample", "Open the &sample project"),
        LINE,
        MenuRow("save", "&Save", "Ctrl+S"),
        MenuRow("save as", "Save &as...", "Ctrl+Shift+S"),
        MenuRow("locate film", "&Locate film..."),
        LINE,
        MenuRow("export", "&Export stems...", "Ctrl+E"),
        LINE,
        MenuRow("close", "&Close project", "Ctrl+W"),
        MenuRow("quit", "&Quit", "Ctrl+Q"),
    ),
    "&Edit": (
        MenuRow("undo", "&Undo", "Ctrl+Z", repeats=True),
        MenuRow("redo", "&Redo", "Ctrl+Shift+Z", repeats=True),
        LINE,
        MenuRow("make event", "&Make an event from in and out", "Return"),
        MenuRow("tap hit", "&Tap a hit point", "M"),
        LINE,  # the timeline's own actions follow
    ),
    "E&vents": (
        MenuRow("find", "&Find events", "Ctrl+F"),
        MenuRow("find on picture", "Find events on &picture alone"),
        LINE,
        MenuRow("next suggestion", "&Next suggestion", "E"),
        MenuRow("accept", "&Accept suggestion", "A"),
        MenuRow("accept all", "Accept a&ll suggestions"),
        MenuRow("drop", "&Drop suggestion", "D"),
        LINE,
        MenuRow("generate", "&Generate takes", "G"),
        MenuRow("heatmap", "Compute &heatmap", "H"),
    ),
    "&Takes": (
        *(MenuRow(f"audition {n}", f"Audition take {n}", str(n)) for n in range(1, 9)),
        LINE,
        *(MenuRow(f"choose {n}", f"Choose take {n}", f"Shift+{n}") for n in range(1, 9)),
        LINE,
        MenuRow("compare", "&Compare blind", "C"),
        MenuRow("reject", "&Reject take", "X"),
        LINE,
        MenuRow("regenerate", "Re&generate the marked stretch", "R"),
        LINE,
        MenuRow("adapters", "A&dapters..."),
    ),
    "T&ransport": (  # behind the transport's own actions
        LINE,
        MenuRow("scrub sound", "Sound while scru&bbing", checkable=True),
        MenuRow("monitor offset", "&Monitor offset..."),
    ),
    "Vie&w": (
        MenuRow("zoom selection", "Zoom to &selection", "F"),
        MenuRow("zoom all", "Zoom to &all", "Shift+F"),
        MenuRow("zoom in", "Zoom &in", "Ctrl++", repeats=True),
        MenuRow("zoom out", "Zoom &out", "Ctrl+-", repeats=True),
        LINE,
        MenuRow("burn in", "&Timecode in the picture", checkable=True),
        MenuRow("history", "&History", checkable=True),
        LINE,
        MenuRow("dark", "&Dark", checkable=True),
        MenuRow("light", "&Light", checkable=True),
    ),
    "&Help": (
        MenuRow("keys", "&Keys", "?"),
        MenuRow("about", "&About"),
    ),
}
