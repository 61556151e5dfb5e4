"""Small formulas in one line: a subset of LaTeX drawn with QPainter in STIX Two Math, without fractions.

Letters are italic, digits, operators and ``\\mathrm{…}`` upright. Known are ``^`` and ``_``, ``\\hat``, ``\\sqrt``, Greek
letters, the usual operators and groups such as ``\\text``; an unknown command is drawn as its name, upright.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from gui.theme import math_font

_SCRIPT = 0.66
_RAISE = 0.42
_LOWER = 0.18
_DEEPEST = 16

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
_UPRIGHT = {
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω", "partial": "∂", "nabla": "∇", "infty": "∞", "ldots": "…", "dots": "…", "cdots": "⋯", "prime": "′",
    "top": "⊤", "sum": "∑", "prod": "∏", "int": "∫", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "Vert": "‖", "|": "‖", "vert": "|",
}  # fmt: skip
_BINARY = {
    "cdot": "·", "times": "×", "odot": "⊙", "otimes": "⊗", "oplus": "⊕", "div": "÷", "pm": "±", "circ": "∘", "ast": "∗",
    "wedge": "∧", "vee": "∨",
}  # fmt: skip
_RELATION = {
    "leftarrow": "←", "gets": "←", "to": "→", "rightarrow": "→", "mapsto": "↦", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "ne": "≠", "neq": "≠", "approx": "≈", "sim": "∼", "in": "∈", "equiv": "≡", "propto": "∝",
}  # fmt: skip
_ACCENTS = {"hat": ("\u02c6", "\u0302"), "bar": ("\u00af", "\u0304"), "tilde": ("\u02dc", "\u0303")}
"""Drawn above the letter; as a combining character in plain text."""
_SPACES = {",": 0.17, ":": 0.22, ";": 0.28, " ": 0.25, "quad": 1.0, "qquad": 2.0, "!": 0.0}
_GROUPS = {"mathrm", "text", "operatorname", "mathit", "mathbf", "textrm"}
_RAISED = dict(zip("0123456789+−()niT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵀ", strict=True))
_LOWERED = dict(zip("0123456789+−()aeijkmnopt", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑᵢⱼₖₘₙₒₚₜ", strict=True))
_ITALIC_GREEK = dict(zip("αβγδεζηθικλμνξοπρςστυφχψω", range(0x1D6FC, 0x1D6FC + 25), strict=True)) | {"ϵ": 0x1D716, "ϕ": 0x1D719}


@dataclass(frozen=True, slots=True)
class _Atom:
    """``kind`` is one of ord, bin, rel, open, close, punct, name (a function's name), space, hat, root, script, frac."""

    kind: str
    plain: str = ""
    drawn: str = ""
    body: tuple[_Atom, ...] = ()
    sup: tuple[_Atom, ...] = ()
    sub: tuple[_Atom, ...] = ()
    width: float = 0.0


def _italic(letter: str) -> str:
    if letter == "h":
        return "\u210e"
    if "a" <= letter <= "z":
        return chr(0x1D44E + ord(letter) - ord("a"))
    if "A" <= letter <= "Z":
        return chr(0x1D434 + ord(letter) - ord("A"))
    return chr(_ITALIC_GREEK[letter]) if letter in _ITALIC_GREEK else letter


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def sequence(self, upright: bool, depth: int, closed: bool) -> tuple[_Atom, ...]:
        """Atoms up to the closing brace (``closed``) or the end."""
        atoms: list[_Atom] = []
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "}":
                self._at += 1
                if closed:
                    break
                continue
            if char in "^_":
                self._at += 1
                script = self._argument(upright, depth + 1)
                base = atoms.pop() if atoms and atoms[-1].kind != "space" else _Atom("ord")
                if base.kind != "script":
                    base = _Atom("script", body=(base,))
                sup, sub = (script, base.sub) if char == "^" else (base.sup, script)
                atoms.append(_Atom("script", body=base.body, sup=sup, sub=sub))
                continue
            atoms += self._one(upright, depth)
        return _joined(atoms)

    def _argument(self, upright: bool, depth: int) -> tuple[_Atom, ...]:
        while self._text[self._at : self._at + 1] == " ":
            self._at += 1
        if self._at >= len(self._text):
            return ()
        return tuple(self._one(upright, depth))

    def _one(self, upright: bool, depth: int) -> list[_Atom]:
        char = self._text[self._at]
        self._at += 1
        if char == "{":
            if depth > _DEEPEST:
                return [_Atom("ord", "{", "{")]
            return list(self.sequence(upright, depth + 1, True))
        if char == "\\":
            return self._command(upright, depth)
        if char == " ":
            return [_Atom("space", " ", "", width=0.25)] if upright else []
        if char == "'":
            return [_Atom("ord", "′", "′")]
        if char in "-\u2212":
            return [_Atom("bin", "−", "−")]
        if char in "+*/@%&" and not upright:
            return [_Atom("bin" if char != "/" else "ord", char, char)]
        if char in "=<>:" and not upright:
            return [_Atom("rel", char, char)]
        if char in "([":
            return [_Atom("open", char, char)]
        if char in ")]":
            return [_Atom("close", char, char)]
        if char in ",;":
            return [_Atom("punct", char, char)]
        drawn = char if upright else _italic(char)
        return [_Atom("name" if upright and char.isalpha() else "ord", char, drawn)]

    def _command(self, upright: bool, depth: int) -> list[_Atom]:
        start = self._at
        while self._at < len(self._text) and self._text[self._at].isascii() and self._text[self._at].isalpha():
            self._at += 1
        name = self._text[start : self._at]
        if not name:
            name = self._text[self._at : self._at + 1]
            self._at += 1
            if name and name not in _SPACES and name not in _UPRIGHT:
                return [_Atom("ord", name, name)]
        if name in _SPACES:
            return [_Atom("space", " " if _SPACES[name] else "", "", width=_SPACES[name])]
        if name in _GREEK:
            return [_Atom("ord", _GREEK[name], _GREEK[name] if upright else _italic(_GREEK[name]))]
        for table, kind in ((_UPRIGHT, "ord"), (_BINARY, "bin"), (_RELATION, "rel")):
            if name in table:
                return [_Atom(kind, table[name], table[name])]
        if depth <= _DEEPEST:
            if name in _ACCENTS:
                return [_Atom("hat", plain=name, body=self._argument(upright, depth + 1))]
            if name == "sqrt":
                return [_Atom("root", body=self._argument(upright, depth + 1))]
            if name == "frac":
                return [_Atom("frac", body=self._argument(upright, depth + 1), sub=self._argument(upright, depth + 1))]
            if name in _GROUPS:
                return list(self._argument(True, depth + 1))
        if name in ("left", "right", "mathstrut", "displaystyle"):
            return []
        return [_Atom("name", name, name)]


def _joined(atoms: list[_Atom]) -> tuple[_Atom, ...]:
    """Neighbouring letters of one upright name, and neighbouring digits, become one atom."""
    result: list[_Atom] = []
    for atom in atoms:
        last = result[-1] if result else _Atom("start")
        follows = bool(atom.drawn) and atom.kind in ("ord", "name")
        name = follows and last.kind == "name" and (atom.kind == "name" or atom.plain in "_.0123456789")
        number = follows and last.kind == "ord" and last.plain[-1:].isdigit() and atom.plain[:1] in "0123456789."
        if name or number:
            result[-1] = _Atom(last.kind, last.plain + atom.plain, last.drawn + atom.drawn)
        else:
            result.append(atom)
    return tuple(result)


@lru_cache(maxsize=4096)
def _parse(latex: str) -> tuple[_Atom, ...]:
    return _Parser(latex).sequence(False, 0, False)


# Placing -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Placed:
    runs: list[tuple[float, float, int, str]]
    """x, y below the baseline, font size in px, text."""
    bars: list[tuple[float, float, float, float]]
    """x, y, length, thickness."""
    width: float
    top: float


@lru_cache(maxsize=64)
def _font(px: int) -> tuple[QFont, QFontMetricsF]:
    font = math_font(px)
    return font, QFontMetricsF(font)


@lru_cache(maxsize=8192)
def _advance(text: str, px: int) -> float:
    return _font(px)[1].horizontalAdvance(text)


def _place(atoms: tuple[_Atom, ...], x: float, y: float, px: float, out: _Placed, tight: bool = False) -> float:
    """Places ``atoms`` from ``x`` on the line ``y``; the x after them. ``tight``: without spaces around signs."""
    size = max(1, round(px))
    before = "start"
    for index, atom in enumerate(atoms):
        kind = atom.kind if atom.kind != "script" or not atom.body else atom.body[0].kind
        if kind in ("hat", "root", "frac", "script"):
            kind = "ord"
        binary = kind == "bin" and before in ("ord", "close", "name") and index + 1 < len(atoms)
        gap = 0.28 if kind == "rel" and len(atoms) > 1 else 0.22 if binary else 0.0
        if tight:
            gap = 0.0
        if kind in ("ord", "name") and before in ("ord", "name", "close") and "name" in (kind, before):
            x += 0.17 * px
        if gap and before != "start" and not (before == "unary" and atom.plain == "="):  # the = of += stands close to its +
            x += gap * px
        x = _place_one(atom, x, y, px, size, out)
        if kind == "punct":
            gap = 0.0 if tight else 0.17
        if gap:
            x += gap * px
        before = kind if kind != "bin" or binary else "unary"
    return x


def _place_one(atom: _Atom, x: float, y: float, px: float, size: int, out: _Placed) -> float:
    if atom.kind == "script":
        x = _place(atom.body, x, y, px, out)
        tall = 0.22 * px if any(item.kind in ("root", "hat") for item in atom.body) else 0.0
        after_sup = _place(atom.sup, x, y - _RAISE * px - tall, px * _SCRIPT, out, True) if atom.sup else x
        after_sub = _place(atom.sub, x, y + _LOWER * px, px * _SCRIPT, out, True) if atom.sub else x
        out.top = min(out.top, y - (_RAISE + 0.66 * _SCRIPT) * px - tall)
        return max(after_sup, after_sub)
    if atom.kind == "hat":
        end = _place(atom.body, x, y, px, out)
        letter = atom.body[0].plain if atom.body else ""
        high = 0.0 if letter and letter in "acegmnopqrsuvwxyzηω" else 0.22 * px
        mark = _ACCENTS[atom.plain][0]
        out.runs.append(((x + end - _advance(mark, size)) / 2 + 0.06 * px, y - high, size, mark))
        return end
    if atom.kind == "root":
        out.runs.append((x, y, size, "√"))
        start = x + _advance("√", size)
        end = _place(atom.body, start, y, px, out) + 0.08 * px
        out.bars.append((start - 0.03 * px, y - 0.78 * px, end - start + 0.03 * px, max(1.0, px / 18)))
        return end
    if atom.kind == "frac":
        x = _place(atom.body, x, y, px, out)
        out.runs.append((x, y, size, "/"))
        return _place(atom.sub, x + _advance("/", size), y, px, out)
    if atom.kind == "space":
        return x + atom.width * px
    if atom.drawn:
        out.runs.append((x, y, size, atom.drawn))
        out.top = min(out.top, y - 0.72 * px)
        return x + _advance(atom.drawn, size)
    return x


@lru_cache(maxsize=4096)
def _placed(latex: str, px: float) -> _Placed:
    out = _Placed([], [], 0.0, 0.0)
    out.width = _place(_parse(latex), 0.0, 0.0, px, out)
    return out


def draw_math(painter: QPainter, x: float, baseline_y: float, latex: str, px: float, color: QColor) -> float:
    """Draw ``latex`` at font size ``px`` from ``x`` on ``baseline_y``; the width drawn, in px. Font and pen are kept."""
    placed = _placed(latex, px)
    font, pen = painter.font(), painter.pen()
    painter.setPen(color)
    for left, down, size, text in placed.runs:
        painter.setFont(_font(size)[0])
        painter.drawText(QPointF(x + left, baseline_y + down), text)
    for left, down, length, thickness in placed.bars:
        painter.setPen(QPen(color, thickness))
        painter.drawLine(QLineF(x + left, baseline_y + down, x + left + length, baseline_y + down))
    painter.setFont(font)
    painter.setPen(pen)
    return placed.width


def math_width(latex: str, px: float) -> float:
    """Width of ``latex`` at font size ``px``, in px."""
    return _placed(latex, px).width


def _script_plain(atoms: tuple[_Atom, ...], table: dict[str, str], sign: str) -> str:
    text = _plain(atoms)
    if text and all(char in table for char in text):
        return "".join(table[char] for char in text)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def _plain(atoms: tuple[_Atom, ...], after_comma: str = "") -> str:
    parts: list[str] = []
    before = ""
    for index, atom in enumerate(atoms):
        if atom.kind == "script":
            text = _plain(atom.body)
            text += _script_plain(atom.sub, _LOWERED, "_") if atom.sub else ""
            text += _script_plain(atom.sup, _RAISED, "^") if atom.sup else ""
        elif atom.kind == "hat":
            text = unicodedata.normalize("NFC", _plain(atom.body) + _ACCENTS[atom.plain][1])
        elif atom.kind == "root":
            body = _plain(atom.body)
            text = f"√{body}" if len(body) == 1 else f"√({body})"
        elif atom.kind == "frac":
            text = f"{_plain(atom.body)}/{_plain(atom.sub)}"
        else:
            text = atom.plain + (after_comma if atom.kind == "punct" and index < len(atoms) - 1 else "")
        spaced = atom.kind == "rel" or (atom.kind == "bin" and before not in ("", "bin", "rel", "open", "punct"))
        if atom.plain == "=" and before == "bin" and index == 1:
            text = f"{text} "
        elif spaced and 0 < index < len(atoms) - 1:
            text = f" {text} "
        elif "name" in (atom.kind, before) and {atom.kind, before} <= {"ord", "name", "script", "hat"}:
            text = f" {text}"
        parts.append(text)
        before = atom.kind
    return "".join(parts)


@lru_cache(maxsize=4096)
def math_plain(latex: str) -> str:
    """``latex`` as plain text for tooltips and screen readers: ``a^{3}`` is ``a³``."""
    return _plain(_parse(latex), " ").strip()
