"""The actions of the window, each declared once: menus, shortcuts, tooltips, the help page and what each does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from gui.window.actions import deeds, enabled
from gui.window.parts import Parts

MENUS = ("File", "Edit", "View", "Run", "Help")


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    ``shortcuts`` are portable texts (Ctrl is Command on a Mac), the first is the one shown. ``separator`` draws a line above
    it in its menu. ``group`` names an exclusive group of checkable actions. ``submenu`` marks a menu that others fill. ``run`` is
    what it does to the window (``gui.window.actions.deeds``), ``at_home`` while Home is shown, too, ``in_lesson`` to a lesson's
    graph. ``needs`` is one of ``gui.window.actions.enabled``: what has to be shown for the action to be enabled (by default
    anything); else its tooltip says why it is not.
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
    run: Callable[[Parts], object] | None = None
    at_home: bool = False
    in_lesson: bool = False
    needs: enabled.Need | None = None

    def __post_init__(self) -> None:
        if (self.run is None) != self.submenu:
            raise ValueError(f"{self.id}: an action does something, a submenu is filled by others")

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
    ActionSpec(
        "home",
        "&Home",
        "File",
        "Examples and lessons, your own files, and what was open last",
        ("Alt+0",),
        "home",
        run=lambda w: w.home.toggle(),
        at_home=True,
    ),
    ActionSpec("new", "&New", "File", "Start an empty program", ("Ctrl+N",), run=lambda w: deeds.new(w), at_home=True),
    ActionSpec(
        "open",
        "&Open…",
        "File",
        "Open a program or a recording",
        ("Ctrl+O",),
        "open",
        run=lambda w: w.documents.open_dialog(),
        at_home=True,
    ),
    ActionSpec("open_recent", "Open &recent", "File", "Open a program or a recording used recently", submenu=True, at_home=True),
    ActionSpec(
        "save",
        "&Save",
        "File",
        "Save the program, the recording or, in Train, all runs of the training",
        ("Ctrl+S",),
        "save",
        separator=True,
        run=lambda w: deeds.save(w),
        needs=enabled.unsaved,
    ),
    ActionSpec(
        "save_as",
        "Save &as…",
        "File",
        "Save the program, the recording or, in Train, the runs under another name",
        ("Ctrl+Shift+S",),
        run=lambda w: deeds.save_as(w),
        needs=enabled.named,
    ),
    ActionSpec(
        "save_recording",
        "Save recor&ding…",
        "File",
        "Save what is shown as a file that any Gradwalk opens",
        separator=True,
        run=lambda w: w.recordings.save_as(),
        needs=enabled.recording,
    ),
    ActionSpec(
        "save_runs",
        "Save r&uns…",
        "File",
        "Save all runs of the training, with what is needed to train them again",
        run=lambda w: deeds.save_runs(w),
        needs=enabled.runs,
    ),
    ActionSpec(
        "close_recording",
        "&Close recording",
        "File",
        "Go back from a recording to the program",
        ("Ctrl+W",),
        run=lambda w: w.recordings.close_recording(),
        needs=enabled.opened,
    ),
    ActionSpec(
        "export_picture",
        "&Export picture…",
        "File",
        "Save the graph, as it is shown, as a picture",
        ("Ctrl+E",),
        "export",
        separator=True,
        run=lambda w: deeds.export_picture(w),
        needs=enabled.recording,
    ),
    ActionSpec(
        "export_recording",
        "Export recordin&g…",
        "File",
        "Save every recorded value and gradient as text",
        run=lambda w: deeds.export_recording(w),
        needs=enabled.recording,
    ),
    ActionSpec(
        "export_script",
        "Export training as scrip&t…",
        "File",
        "Save the training as a Python script that runs without Gradwalk and prints each epoch's loss",
        run=lambda w: deeds.export_script(w),
        needs=enabled.training,
    ),
    ActionSpec(
        "export_training",
        "E&xport training…",
        "File",
        "Save the training's numbers as a table, or its plots as a picture or an animation",
        run=lambda w: deeds.export_training(w),
        needs=enabled.training,
    ),
    ActionSpec(
        "quit",
        "&Quit",
        "File",
        "Close Gradwalk",
        ("Ctrl+Q",),
        separator=True,
        role=QAction.MenuRole.QuitRole,
        run=lambda w: w.close(),
        at_home=True,
    ),
    ActionSpec(
        "undo",
        "&Undo",
        "Edit",
        "Undo the last change to the program or, in Train, to the set-up",
        ("Ctrl+Z",),
        run=lambda w: deeds.undo(w),
    ),
    ActionSpec(
        "redo",
        "&Redo",
        "Edit",
        "Redo the change that was undone",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        run=lambda w: deeds.redo(w),
    ),
    ActionSpec(
        "cut",
        "Cu&t",
        "Edit",
        "Cut the selected text",
        ("Ctrl+X",),
        separator=True,
        run=lambda w: deeds.edit(w, "cut"),
        at_home=True,
    ),
    ActionSpec(
        "copy",
        "&Copy",
        "Edit",
        "Copy what is selected",
        ("Ctrl+C",),
        run=lambda w: deeds.edit(w, "copy"),
        at_home=True,
    ),
    ActionSpec(
        "paste",
        "&Paste",
        "Edit",
        "Paste what was copied",
        ("Ctrl+V",),
        run=lambda w: deeds.edit(w, "paste"),
        at_home=True,
    ),
    ActionSpec(
        "select_all",
        "Select &all",
        "Edit",
        "Select the whole program",
        ("Ctrl+A",),
        run=lambda w: deeds.edit(w, "selectAll"),
        at_home=True,
    ),
    ActionSpec(
        "copy_picture",
        "Copy picture of &graph",
        "Edit",
        "Copy the graph as a picture",
        ("Ctrl+Shift+C",),
        run=lambda w: deeds.copy_picture(w),
        needs=enabled.recording,
    ),
    ActionSpec(
        "find",
        "F&ind in graph…",
        "Edit",
        "Find cards by name, operation, module or numbers",
        ("Ctrl+F",),
        separator=True,
        run=lambda w: w.search.open(),
    ),
    ActionSpec("find_next", "Find &next", "Edit", "Go to the next card found", ("F3",), run=lambda w: w.search.walk.find_next()),
    ActionSpec(
        "find_previous",
        "Find pre&vious",
        "Edit",
        "Go to the previous card found",
        ("Shift+F3",),
        run=lambda w: w.search.walk.find_previous(),
    ),
    ActionSpec(
        "edit_points",
        "E&dit points",
        "Edit",
        "Draw, move and delete the points that the training learns from, or stop that (Train)",
        ("Ctrl+Shift+P",),
        separator=True,
        run=lambda w: deeds.edit_points(w),
        needs=enabled.training,
    ),
    ActionSpec(
        "preferences",
        "Pre&ferences…",
        "Edit",
        "Show and change the settings",
        ("Ctrl+,",),
        separator=True,
        role=QAction.MenuRole.PreferencesRole,
        run=lambda w: deeds.preferences(w),
        at_home=True,
    ),
    ActionSpec(
        "mode_explore",
        "&Explore",
        "View",
        "Explore a program and its graph",
        ("Alt+1",),
        checkable=True,
        group="mode",
        run=lambda w: deeds.choose_mode(w, "explore"),
        at_home=True,
    ),
    ActionSpec(
        "mode_train",
        "&Train",
        "View",
        "Watch a training run",
        ("Alt+2",),
        checkable=True,
        group="mode",
        run=lambda w: deeds.choose_mode(w, "train"),
        at_home=True,
    ),
    ActionSpec(
        "mode_learn",
        "Lea&rn",
        "View",
        "Go through a lesson: predict, look, understand",
        ("Alt+3",),
        checkable=True,
        group="mode",
        run=lambda w: deeds.choose_mode(w, "learn"),
        at_home=True,
    ),
    ActionSpec(
        "zoom_in",
        "Zoom &in",
        "View",
        "Show the graph larger",
        ("Ctrl+=", "Ctrl++"),
        "plus",
        separator=True,
        run=lambda w: deeds.zoom(w, 1),
        in_lesson=True,
    ),
    ActionSpec(
        "zoom_out",
        "Zoom &out",
        "View",
        "Show the graph smaller",
        ("Ctrl+-",),
        "minus",
        run=lambda w: deeds.zoom(w, -1),
        in_lesson=True,
    ),
    ActionSpec(
        "zoom_reset",
        "&Actual size",
        "View",
        "Show the graph at 100 %",
        ("Ctrl+0",),
        run=lambda w: deeds.zoom(w, 0),
        in_lesson=True,
    ),
    ActionSpec(
        "zoom_fit", "&Fit graph", "View", "Show the whole graph", ("Ctrl+1",), "fit", run=lambda w: deeds.fit(w), in_lesson=True
    ),
    ActionSpec(
        "fold_modules",
        "Fold all &modules and functions",
        "View",
        "Show each as one card",
        ("Ctrl+[",),
        separator=True,
        run=lambda w: w.session.shown.fold_all(),
    ),
    ActionSpec(
        "unfold_modules",
        "&Unfold all modules and functions",
        "View",
        "Show every operation in them",
        ("Ctrl+]",),
        run=lambda w: w.session.shown.unfold_all(),
    ),
    ActionSpec(
        "whole_graph",
        "Show the &whole graph",
        "View",
        "Show all paths again, not only those from or to a card",
        run=lambda w: w.session.shown.show_whole(),
    ),
    ActionSpec(
        "next_panel",
        "&Next panel",
        "View",
        "Move the keyboard to the next panel",
        ("F6",),
        separator=True,
        run=lambda w: w.cycle_panels(True),
        at_home=True,
    ),
    ActionSpec(
        "previous_panel",
        "&Previous panel",
        "View",
        "Move the keyboard to the previous panel",
        ("Shift+F6",),
        run=lambda w: w.cycle_panels(False),
        at_home=True,
    ),
    ActionSpec(
        "toggle_training",
        "&Hide or show Training",
        "View",
        "Give the room of Training to the graph, or show Training again (Explore)",
        ("Ctrl+Shift+L",),
        separator=True,
        run=lambda w: w.columns.toggle_training(),
        needs=enabled.one_program,
    ),
    ActionSpec(
        "toggle_theme",
        "&Light or dark",
        "View",
        "Switch between light and dark",
        ("Ctrl+Shift+T",),
        "sun",
        separator=True,
        run=lambda w: deeds.toggle_theme(w),
        at_home=True,
    ),
    ActionSpec(
        "run_code",
        "Run &code",
        "Run",
        "Run the program from the start",
        ("Ctrl+Return", "Ctrl+Enter"),
        run=lambda w: w.session.request_run(),
        needs=enabled.program,
    ),
    ActionSpec(
        "record_script",
        "Record scr&ipt…",
        "Run",
        "Run any Python script in its own process, and record it",
        ("F8",),
        run=lambda w: deeds.record_script(w),
        at_home=True,
    ),
    ActionSpec(
        "stop",
        "&Stop",
        "Run",
        "Stop what is running",
        ("Esc",),
        run=lambda w: deeds.stop(w),
        at_home=True,
    ),
    ActionSpec(
        "play",
        "&Play or pause",
        "Run",
        "Play one operation after another, or stop",
        ("F5",),
        separator=True,
        run=lambda w: w.walking.player.toggle(),
        in_lesson=True,
    ),
    ActionSpec(
        "step",
        "One operation &forward",
        "Run",
        "Go on by one operation; outside the editor, → does the same",
        ("F10",),
        run=lambda w: w.walking.player.step(1),
        in_lesson=True,
    ),
    ActionSpec(
        "step_back",
        "One operation &back",
        "Run",
        "Go back by one operation; outside the editor, ← does the same",
        ("F9",),
        run=lambda w: w.walking.player.step(-1),
        in_lesson=True,
    ),
    ActionSpec(
        "next_phase",
        "&Next phase",
        "Run",
        "Go to the next phase; outside the editor, Shift+→ does the same",
        ("Shift+F10",),
        run=lambda w: w.walking.player.phase(1),
        in_lesson=True,
    ),
    ActionSpec(
        "previous_phase",
        "Pre&vious phase",
        "Run",
        "Go to the previous phase; outside the editor, Shift+← does the same",
        ("Shift+F9",),
        run=lambda w: w.walking.player.phase(-1),
        in_lesson=True,
    ),
    ActionSpec(
        "train",
        "&Train or pause",
        "Run",
        "Start the training run, pause it, continue it, or train on as many epochs again",
        ("Ctrl+R",),
        separator=True,
        run=lambda w: deeds.in_sight(w, w.training.controls.going_on.toggle, lambda lesson: lesson.toggle()),
        in_lesson=True,
    ),
    ActionSpec(
        "train_step",
        "&One epoch",
        "Run",
        "Train one epoch, then pause",
        ("Ctrl+Shift+R",),
        run=lambda w: deeds.in_sight(w, w.controller.step, lambda lesson: lesson.step()),
        in_lesson=True,
    ),
    ActionSpec(
        "train_reset",
        "&Reset training",
        "Run",
        "Go back to the first weights of the run; Ctrl+Z brings back what was trained",
        ("Ctrl+Alt+R",),
        "reset",
        run=lambda w: deeds.reset_training(w),
        in_lesson=True,
    ),
    ActionSpec(
        "branch",
        "Branch from this &epoch…",
        "Run",
        "Go on from the epoch that is shown with another optimizer or rate, as another run (Train)",
        ("Ctrl+Shift+B",),
        run=lambda w: deeds.branch(w),
        needs=enabled.epochs,
    ),
    ActionSpec(
        "delete_runs",
        "Delete all r&uns",
        "Run",
        "Delete all runs of the training but the one that is shown; it can be undone",
        run=lambda w: deeds.delete_runs(w),
        needs=enabled.other_runs,
    ),
    ActionSpec(
        "shortcuts",
        "&Keyboard shortcuts",
        "Help",
        "Show all keyboard shortcuts",
        ("F1",),
        "help",
        run=lambda w: deeds.shortcuts(w),
        at_home=True,
    ),
    ActionSpec(
        "about",
        "&About Gradwalk",
        "Help",
        "Version and licences",
        separator=True,
        role=QAction.MenuRole.AboutRole,
        run=lambda w: deeds.about(w),
        at_home=True,
    ),
)


def build_menus(window: Parts, specs: Sequence[ActionSpec] = ACTIONS) -> dict[str, QAction]:
    """Make the menu bar of ``window``.

    Returns
    -------
    The actions by id, each with its ActionSpec as ``data()``; ``actions["open_recent"].menu()`` is the empty submenu.
    """
    bar = window.menuBar()
    menus = {name: bar.addMenu(f"&{name}") for name in MENUS}
    for menu in menus.values():
        menu.setToolTipsVisible(True)  # where an action that is not enabled says why
    groups: dict[str, QActionGroup] = {}
    actions: dict[str, QAction] = {}
    for spec in specs:
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
            # triggered carries a checked flag that nothing here takes.
            action.triggered.connect(lambda _checked=False, run=spec.run: run(window))
            menu.addAction(action)
            if spec.group:
                groups.setdefault(spec.group, QActionGroup(window)).addAction(action)
        action.setObjectName(spec.id)
        action.setData(spec)
        action.setToolTip(spec.full_tooltip)
        action.setStatusTip(spec.tooltip)
        actions[spec.id] = action
    return actions
