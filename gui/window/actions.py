"""The actions of the window, each declared once: menus, shortcuts, tooltips and the help page come from this table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

MENUS = ("File", "Edit", "View", "Run", "Help")


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    ``shortcuts`` are portable texts (Ctrl is Command on a Mac), the first is the one shown. ``separator`` draws a line above
    it in its menu. ``group`` names an exclusive group of checkable actions. ``submenu`` marks a menu that others fill.
    """

    id: str
    title: str
    menu: str
    tooltip: str
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    group: str = ""
    submenu: bool = False
    separator: bool = False
    role: QAction.MenuRole = QAction.MenuRole.NoRole

    @property
    def label(self) -> str:
        """The title without mnemonic and dots."""
        return self.title.replace("&", "").removesuffix("…")

    @property
    def shortcut_text(self) -> str:
        """The first shortcut as this system writes it, or an empty text."""
        return QKeySequence(self.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText) if self.shortcuts else ""

    @property
    def full_tooltip(self) -> str:
        """The tooltip with the shortcut in brackets."""
        return f"{self.tooltip} ({self.shortcut_text})" if self.shortcuts else self.tooltip


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("new", "&New", "File", "Start an empty program", ("Ctrl+N",)),
    ActionSpec("open", "&Open…", "File", "Open a program or a recording", ("Ctrl+O",), "open"),
    ActionSpec("open_recent", "Open &recent", "File", "Open a program or a recording used lately", submenu=True),
    ActionSpec("save", "&Save", "File", "Save the program, or the recording in its place", ("Ctrl+S",), "save", separator=True),
    ActionSpec("save_as", "Save &as…", "File", "Save the program under another name", ("Ctrl+Shift+S",)),
    ActionSpec(
        "save_recording", "Save recor&ding…", "File", "Save what is shown as a file that Gradwalk opens anywhere", separator=True
    ),
    ActionSpec("close_recording", "&Close recording", "File", "Back from a recording to the program", ("Ctrl+W",)),
    ActionSpec(
        "export_picture", "&Export picture…", "File", "Save the graph as SVG or PNG", ("Ctrl+E",), "export", separator=True
    ),
    ActionSpec("export_recording", "Export recording as &JSON…", "File", "Save every recorded value and gradient as JSON"),
    ActionSpec("quit", "&Quit", "File", "Close Gradwalk", ("Ctrl+Q",), separator=True, role=QAction.MenuRole.QuitRole),
    ActionSpec("undo", "&Undo", "Edit", "Take back the last change of the program", ("Ctrl+Z",)),
    ActionSpec("redo", "&Redo", "Edit", "Make the change again that was taken back", ("Ctrl+Shift+Z", "Ctrl+Y")),
    ActionSpec("cut", "Cu&t", "Edit", "Cut the selected text", ("Ctrl+X",), separator=True),
    ActionSpec("copy", "&Copy", "Edit", "Copy what is selected", ("Ctrl+C",)),
    ActionSpec("paste", "&Paste", "Edit", "Insert what was copied", ("Ctrl+V",)),
    ActionSpec("select_all", "Select &all", "Edit", "Select the whole program", ("Ctrl+A",)),
    ActionSpec(
        "find", "F&ind in graph…", "Edit", "Find cards by name, operation, module or numbers", ("Ctrl+F",), separator=True
    ),
    ActionSpec("find_next", "Find &next", "Edit", "Go to the next card that was found", ("F3",)),
    ActionSpec("find_previous", "Find pre&vious", "Edit", "Go back to the one found before", ("Shift+F3",)),
    ActionSpec(
        "preferences",
        "Pre&ferences…",
        "Edit",
        "Theme, motion and font size",
        ("Ctrl+,",),
        separator=True,
        role=QAction.MenuRole.PreferencesRole,
    ),
    ActionSpec("mode_explore", "&Explore", "View", "Explore a program and its graph", ("Alt+1",), checkable=True, group="mode"),
    ActionSpec("mode_train", "&Train", "View", "Watch a training run", ("Alt+2",), checkable=True, group="mode"),
    ActionSpec("zoom_in", "Zoom &in", "View", "Show the graph larger", ("Ctrl+=", "Ctrl++"), "plus", separator=True),
    ActionSpec("zoom_out", "Zoom &out", "View", "Show the graph smaller", ("Ctrl+-",), "minus"),
    ActionSpec("zoom_reset", "&Actual size", "View", "Show the graph at 100 %", ("Ctrl+0",)),
    ActionSpec("zoom_fit", "&Fit graph", "View", "Show the whole graph", ("Ctrl+1",), "fit"),
    ActionSpec("fold_modules", "Fold all &modules and functions", "View", "Show each as one card", ("Ctrl+[",), separator=True),
    ActionSpec("unfold_modules", "&Unfold all modules and functions", "View", "Show every operation in them", ("Ctrl+]",)),
    ActionSpec("whole_graph", "Show the &whole graph", "View", "Show all paths again, not only those from or to a card"),
    ActionSpec("next_panel", "&Next panel", "View", "Move the keyboard to the next panel", ("F6",), separator=True),
    ActionSpec("previous_panel", "&Previous panel", "View", "Move the keyboard to the previous panel", ("Shift+F6",)),
    ActionSpec(
        "toggle_training",
        "&Hide or show Training",
        "View",
        "Give its room to the graph, or bring it back (Explore)",
        ("Ctrl+Shift+L",),
        separator=True,
    ),
    ActionSpec(
        "toggle_theme", "&Light or dark", "View", "Change between light and dark", ("Ctrl+Shift+T",), "sun", separator=True
    ),
    ActionSpec("run_code", "Run &code", "Run", "Run the program from the start", ("Ctrl+Return", "Ctrl+Enter")),
    ActionSpec("record_script", "Record scr&ipt…", "Run", "Run any Python script in its own process, and record it", ("F8",)),
    ActionSpec("stop", "&Stop", "Run", "Stop what is running", ("Esc",)),
    ActionSpec("play", "&Play or pause", "Run", "Go on from operation to operation by itself, or stop", ("F5",), separator=True),
    ActionSpec("step", "One operation &forward", "Run", "Do the next operation; → does it too, outside the editor", ("F10",)),
    ActionSpec("step_back", "One operation &back", "Run", "Take back an operation; ← does it too, outside the editor", ("F9",)),
    ActionSpec("next_phase", "&Next phase", "Run", "To the next phase; Shift+→ does it too, outside the editor", ("Shift+F10",)),
    ActionSpec(
        "previous_phase", "Pre&vious phase", "Run", "To the previous phase; Shift+← does so outside the editor", ("Shift+F9",)
    ),
    ActionSpec("train", "&Train or pause", "Run", "Start the training run, pause it or go on", ("Ctrl+R",), separator=True),
    ActionSpec("train_step", "&One epoch", "Run", "Train one epoch, then rest", ("Ctrl+Shift+R",)),
    ActionSpec("train_reset", "&Reset training", "Run", "Go back to the first weights of the run", ("Ctrl+Alt+R",), "reset"),
    ActionSpec("shortcuts", "&Keyboard shortcuts", "Help", "Show all keyboard shortcuts", ("F1",), "help"),
    ActionSpec("about", "&About Gradwalk", "Help", "Version and licences", separator=True, role=QAction.MenuRole.AboutRole),
)


def build_menus(window: QMainWindow, slots: Mapping[str, Callable[[], object]]) -> dict[str, QAction]:
    """Make the menu bar of ``window`` and connect every action to its slot.

    Parameters
    ----------
    slots
        One for every id of ``ACTIONS`` but submenus; called without arguments when the user triggers the action.

    Returns
    -------
    The actions by id; ``actions["open_recent"].menu()`` is the empty submenu.

    Raises
    ------
    ValueError
        If a slot is missing, or belongs to no action.
    """
    wanted = {spec.id for spec in ACTIONS if not spec.submenu}
    if wanted != set(slots):
        missing, unknown = sorted(wanted - set(slots)), sorted(set(slots) - wanted)
        raise ValueError(f"actions and slots differ: no slot for {missing}, no action for {unknown}")
    bar = window.menuBar()
    menus = {name: bar.addMenu(f"&{name}") for name in MENUS}
    groups: dict[str, QActionGroup] = {}
    actions: dict[str, QAction] = {}
    for spec in ACTIONS:
        menu = menus[spec.menu]
        if spec.separator:
            menu.addSeparator()
        if spec.submenu:
            submenu = QMenu(spec.title, menu)
            submenu.setToolTipsVisible(True)
            action = menu.addMenu(submenu)
        else:
            action = QAction(spec.title, window)
            action.setShortcuts([QKeySequence(text) for text in spec.shortcuts])
            action.setCheckable(spec.checkable)
            action.setMenuRole(spec.role)
            slot = slots[spec.id]
            # triggered carries a checked flag that the slots do not take.
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            menu.addAction(action)
            if spec.group:
                groups.setdefault(spec.group, QActionGroup(window)).addAction(action)
        action.setObjectName(spec.id)
        action.setToolTip(spec.full_tooltip)
        action.setStatusTip(spec.tooltip)
        actions[spec.id] = action
    return actions
