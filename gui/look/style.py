"""The look of Qt's own controls, from the tokens: one style sheet, one palette, one font.

Spin boxes and combo boxes get their frame here and their chevrons from ``gui.widgets`` (``NumberBox``, ``IntegerBox``,
``ComboBox``), because a style sheet can only show an arrow from an image file.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from gui.look.theme import Theme, ThemeManager, ui_font

CONTROL_RADIUS = 6
CARD_RADIUS = 8
STEPPER_WIDTH = 20
"""Width in px of the two arrow buttons of a spin box."""


def control_height(base: int, scale: float) -> int:
    """Height in px at font scale ``scale`` of a control that is ``base`` px high at 100 %.

    Grows by half as much as the text does: at 150 % a 32 px button is 40 px. Never less than ``base``.
    """
    return max(base, round(base * (0.5 + 0.5 * scale)))


def stylesheet(theme: Theme, scale: float = 1.0) -> str:
    """The application's style sheet in ``theme``; ``scale`` is the font scale (1.0 as designed)."""
    values = {token: theme.hex(token) for token in _TOKENS}
    values |= {name: f"{max(11, round(px * scale))}px" for name, px in {"body_px": 13, "small_px": 12}.items()}
    values |= {f"h{base}": f"{control_height(base, scale)}px" for base in (22, 28)}
    values |= {f"inner{base}": f"{control_height(base, scale) - 2}px" for base in (28, 32)}
    values |= {f"focused{base}": f"{control_height(base, scale) - 4}px" for base in (28, 32)}
    values["scroll_hover"] = theme.hex("pending_line")
    return _SHEET.format_map(values)


def palette(theme: Theme) -> QPalette:
    """Colours for whatever the style sheet leaves to Qt (check marks, selections, links)."""
    result = QPalette()
    role = QPalette.ColorRole
    pairs: dict[QPalette.ColorRole, str] = {
        role.Window: "surface",
        role.WindowText: "text",
        role.Base: "surface",
        role.AlternateBase: "sunken",
        role.Text: "text",
        role.Button: "surface",
        role.ButtonText: "text",
        role.BrightText: "on_ink",
        role.ToolTipBase: "ink",
        role.ToolTipText: "on_ink",
        role.PlaceholderText: "text_3",
        role.Highlight: "value_tint",
        role.HighlightedText: "text",
        role.Accent: "ink",
        role.Link: "value",
        role.LinkVisited: "value",
        role.Light: "hover",
        role.Midlight: "line",
        role.Mid: "line_strong",
        role.Dark: "line_strong",
        role.Shadow: "line_strong",
    }
    for key, token in pairs.items():
        result.setColor(key, theme.color(token))
    for key in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, key, theme.color("text_3"))
    return result


def selection_color(theme: Theme) -> QColor:
    """Background of selected text in the editor: grey, so that numbers keep their colour on it."""
    return theme.color("pressed")


def apply(app: QApplication, theme: ThemeManager) -> None:
    """Dress the whole application; call it again whenever ``theme.changed`` is emitted.

    Connect it to ``theme.changed`` before any widget is made: a new style sheet gives widgets back the fonts they had
    when the sheet first reached them, so they must set theirs after it.
    """
    if app.style().name() != "fusion" and not app.styleSheet():
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setEffectEnabled(Qt.UIEffect.UI_AnimateCombo, False)
    app.setPalette(palette(theme.current))
    app.setFont(ui_font(13 * theme.scale))
    app.setStyleSheet(stylesheet(theme.current, theme.scale))


_TOKENS = (
    "window surface canvas sunken line line_strong hover pressed text text_2 text_3 ink ink_hover on_ink focus pending_tint "
    "value_tint error card"
).split()

_SHEET = """
* {{ outline: none; }}
QMainWindow {{ background: {window}; }}
QMainWindow::separator {{ background: {line}; width: 1px; height: 1px; }}
QDialog {{ background: {surface}; color: {text}; }}

QMenuBar {{ background: {window}; color: {text}; border: none; padding: 0; }}
QMenuBar::item {{ background: transparent; padding: 6px 10px; margin: 0; border-radius: 6px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenuBar::item:pressed {{ background: {pressed}; }}
QMenuBar::item:disabled {{ color: {text_3}; }}
QMenu {{ background: {surface}; color: {text}; border: 1px solid {line_strong}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: 6px; min-height: 18px; border: 1px solid transparent; }}
QMenu::item:selected {{ background: {hover}; color: {text}; }}
QMenu::item:disabled {{ color: {text_3}; }}
QMenu::separator {{ background: {line}; height: 1px; margin: 4px 8px; }}

QPushButton {{
    background: {surface}; color: {text}; border: 1px solid {line_strong}; border-radius: 6px; font-weight: 500;
    min-height: {inner32}; max-height: {inner32}; padding: 0 14px;
}}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed, QPushButton:checked {{ background: {pressed}; }}
QPushButton:focus {{ border: 2px solid {focus}; padding: 0 13px; min-height: {focused32}; max-height: {focused32}; }}
QPushButton:disabled {{ color: {text_3}; background: {pending_tint}; border-color: {line}; }}
QPushButton[row="true"] {{ min-height: {inner28}; max-height: {inner28}; padding: 0 12px; font-size: {small_px}; }}
QPushButton[row="true"]:focus {{ padding: 0 11px; min-height: {focused28}; max-height: {focused28}; }}
QPushButton[kind="primary"] {{ background: {ink}; color: {on_ink}; border-color: {ink}; }}
QPushButton[kind="primary"]:hover, QPushButton[kind="primary"]:pressed {{ background: {ink_hover}; border-color: {ink_hover}; }}
QPushButton[kind="primary"]:focus {{ border-color: {focus}; }}
QPushButton[kind="quiet"] {{ background: transparent; color: {text_2}; border-color: transparent; }}
QPushButton[kind="quiet"]:hover, QPushButton[kind="quiet"]:pressed {{ background: {sunken}; }}
QPushButton[kind="quiet"]:focus {{ border-color: {focus}; }}
QPushButton[kind="primary"]:disabled {{ color: {text_3}; background: {pending_tint}; border-color: {line}; }}

QToolButton {{ background: transparent; color: {text}; border: none; border-radius: 6px; padding: 4px; font-weight: 500; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {pressed}; }}
QToolButton:focus {{ border: 2px solid {focus}; padding: 2px; }}
QToolButton:disabled {{ color: {text_3}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}

QComboBox {{
    background: {surface}; color: {text}; border: 1px solid {line_strong}; border-radius: 6px;
    min-height: {inner32}; max-height: {inner32}; padding: 0 8px 0 12px;
}}
QComboBox[row="true"] {{ min-height: {inner28}; max-height: {inner28}; padding: 0 6px 0 8px; }}
QComboBox:hover {{ background: {hover}; }}
QComboBox:focus {{ border: 2px solid {focus}; padding: 0 7px 0 11px; min-height: {focused32}; max-height: {focused32}; }}
QComboBox[row="true"]:focus {{ min-height: {focused28}; max-height: {focused28}; padding: 0 5px 0 7px; }}
QComboBox:disabled {{ color: {text_3}; background: {pending_tint}; border-color: {line}; }}
QComboBox::drop-down {{ border: none; background: transparent; width: 20px; }}
QComboBox::down-arrow {{ image: none; width: 0; height: 0; }}
QComboBox QAbstractItemView {{
    background: {surface}; color: {text}; border: 1px solid {line_strong}; padding: 4px; outline: none;
    selection-background-color: {hover}; selection-color: {text};
}}
QComboBox QAbstractItemView::item {{ min-height: {h28}; padding: 0 8px; border-radius: 6px; }}
QComboBox QAbstractItemView::item:selected, QComboBox QAbstractItemView::item:hover {{ background: {hover}; color: {text}; }}

QAbstractSpinBox {{
    background: {surface}; color: {text}; border: 1px solid {line_strong}; border-radius: 6px;
    min-height: {inner28}; max-height: {inner28}; padding: 0;
    selection-background-color: {pressed}; selection-color: {text};
}}
QAbstractSpinBox:focus {{ border: 2px solid {focus}; min-height: {focused28}; max-height: {focused28}; }}
QAbstractSpinBox:disabled {{ color: {text_3}; background: {pending_tint}; border-color: {line}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
    subcontrol-origin: padding; background: transparent; border: none; border-left: 1px solid {line}; width: 19px;
}}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; border-top-right-radius: 4px; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; border-bottom-right-radius: 4px; }}
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {hover}; }}
QAbstractSpinBox::up-button:pressed, QAbstractSpinBox::down-button:pressed {{ background: {pressed}; }}
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow {{ image: none; width: 0; height: 0; }}

QLineEdit {{
    background: {surface}; color: {text}; border: 1px solid {line_strong}; border-radius: 6px; min-height: {inner28};
    padding: 0 8px; selection-background-color: {pressed}; selection-color: {text};
}}
QLineEdit:focus {{ border: 2px solid {focus}; padding: 0 7px; min-height: {focused28}; }}
QLineEdit:disabled {{ color: {text_3}; background: {pending_tint}; border-color: {line}; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {{
    background: transparent; border: none; min-height: 0; padding: 0;
}}
QAbstractSpinBox QLineEdit:disabled {{ background: transparent; }}
QPlainTextEdit, QTextEdit {{
    background: {surface}; color: {text}; border: none;
    selection-background-color: {pressed}; selection-color: {text};
}}

QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; border: none; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; border: none; }}
QScrollBar::handle {{ background: {line_strong}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover, QScrollBar::handle:pressed {{ background: {scroll_hover}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: none; background: none; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}

QSplitter {{ background: {surface}; }}
QSplitter::handle {{ background: {line}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}

QTableView {{ background: {surface}; color: {text}; border: none; }}
QTableWidget, QListWidget {{ background: {surface}; color: {text}; border: 1px solid {line_strong}; gridline-color: {line}; }}
QTableWidget:focus, QListWidget:focus {{ border: 2px solid {focus}; }}
QTableWidget::item {{ padding: 0 8px; }}
QListWidget::item {{ min-height: {h22}; padding: 0 4px; }}
QListWidget::item:selected {{ background: {hover}; color: {text}; }}
QListWidget::indicator:unchecked {{ border: 1px solid {text_3}; border-radius: 3px; width: 12px; height: 12px; }}
QHeaderView {{ background: {sunken}; border: none; }}
QHeaderView::section {{
    background: {sunken}; color: {text_2}; border: none; border-right: 1px solid {line}; border-bottom: 1px solid {line};
    padding: 4px 8px;
}}
QHeaderView::section:hover {{ background: {hover}; }}

QTabWidget::pane {{ border: none; border-top: 1px solid {line}; }}
QTabBar {{ background: {surface}; }}
QTabBar::tab {{
    background: transparent; color: {text_2}; border: none; border-bottom: 2px solid transparent;
    padding: 8px 12px; font-weight: 500;
}}
QTabBar::tab:hover {{ background: {hover}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom-color: {ink}; }}
QTabBar::tab:focus {{ border: 2px solid {focus}; padding: 6px 10px; }}

QToolTip {{ background: {surface}; color: {text}; border: 1px solid {line_strong}; padding: 4px 8px; font-size: {small_px}; }}
QGroupBox {{ border: none; margin-top: 24px; font-weight: 600; }}
QGroupBox::title {{ subcontrol-origin: margin; subcontrol-position: top left; padding: 0 0 4px 0; color: {text}; }}
QLabel {{ background: transparent; }}
QLabel:disabled {{ color: {text_3}; }}
QLabel[kind="note"] {{ color: {text_3}; font-size: {small_px}; }}
QLabel[kind="error"] {{ color: {error}; }}
QLabel[kind="group"] {{ color: {text}; font-weight: 600; }}
QStatusBar {{ background: {surface}; color: {text_2}; border-top: 1px solid {line}; }}
QProgressBar {{ background: {sunken}; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; color: transparent; }}
QProgressBar::chunk {{ background: {text_3}; border-radius: 2px; }}
QRadioButton::indicator {{ width: 13px; height: 13px; border: 1px solid {text_3}; border-radius: 7px; background: {surface}; }}
QRadioButton::indicator:checked {{ width: 7px; height: 7px; border: 4px solid {ink}; }}
QRadioButton::indicator:disabled {{ border-color: {line_strong}; }}
QRadioButton::indicator:checked:disabled {{ border-color: {text_3}; }}
QCheckBox:focus, QRadioButton:focus {{ border: 2px solid {focus}; border-radius: 6px; }}
"""
