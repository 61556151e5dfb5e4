"""The subset of LaTeX that is written here, read into atoms; and its one way to be written as a line of plain text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DEEPEST = 16
_OPERANDS = ("ord", "name", "script", "hat", "root", "frac")

_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ϵ",
    "varepsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "ϕ",
    "varphi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
}
_UPRIGHT = {
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
    "partial": "∂",
    "nabla": "∇",
    "infty": "∞",
    "ldots": "…",
    "dots": "…",
    "cdots": "⋯",
    "prime": "′",
    "top": "⊤",
    "sum": "∑",
    "prod": "∏",
    "int": "∫",
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "Vert": "‖",
    "|": "‖",
    "vert": "|",
}
_BINARY = {
    "cdot": "·",
    "times": "×",
    "odot": "⊙",
    "otimes": "⊗",
    "oplus": "⊕",
    "div": "÷",
    "pm": "±",
    "circ": "∘",
    "ast": "∗",
    "wedge": "∧",
    "vee": "∨",
}
_RELATION = {
    "leftarrow": "←",
    "gets": "←",
    "to": "→",
    "rightarrow": "→",
    "mapsto": "↦",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "approx": "≈",
    "sim": "∼",
    "in": "∈",
    "equiv": "≡",
    "propto": "∝",
}
ACCENTS = {"hat": ("\u02c6", "\u0302"), "bar": ("\u00af", "\u0304"), "tilde": ("\u02dc", "\u0303")}
"""Drawn above the letter; as a combining character in plain text."""
_SPACES = {",": 0.17, ":": 0.22, ";": 0.28, " ": 0.25, "quad": 1.0, "qquad": 2.0, "!": 0.0}
_GROUPS = {"mathrm", "text", "operatorname", "mathit", "mathbf", "textrm"}
_RAISED = dict(zip("0123456789+−()niT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵀ", strict=True))
_LOWERED = dict(zip("0123456789+−()aeijkmnopt", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑᵢⱼₖₘₙₒₚₜ", strict=True))
_ITALIC_GREEK = dict(zip("αβγδεζηθικλμνξοπρςστυφχψω", range(0x1D6FC, 0x1D6FC + 25), strict=True)) | {"ϵ": 0x1D716, "ϕ": 0x1D719}


@dataclass(frozen=True, slots=True)
class Atom:
    """``kind`` is one of ord, bin, rel, open, close, punct, name (a function's name), space, hat, root, script, frac."""

    kind: str
    plain: str = ""
    drawn: str = ""
    body: tuple[Atom, ...] = ()
    sup: tuple[Atom, ...] = ()
    sub: tuple[Atom, ...] = ()
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

    def sequence(self, upright: bool, depth: int, closed: bool) -> tuple[Atom, ...]:
        """Atoms up to the closing brace (``closed``) or the end."""
        atoms: list[Atom] = []
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
                base = atoms.pop() if atoms and atoms[-1].kind != "space" else Atom("ord")
                if base.kind != "script":
                    base = Atom("script", body=(base,))
                sup, sub = (script, base.sub) if char == "^" else (base.sup, script)
                atoms.append(Atom("script", body=base.body, sup=sup, sub=sub))
                continue
            atoms += self._one(upright, depth)
        return _joined(atoms)

    def _argument(self, upright: bool, depth: int) -> tuple[Atom, ...]:
        while self._text[self._at : self._at + 1] == " ":
            self._at += 1
        if self._at >= len(self._text):
            return ()
        return tuple(self._one(upright, depth))

    def _one(self, upright: bool, depth: int) -> list[Atom]:
        char = self._text[self._at]
        self._at += 1
        if char == "{":
            if depth > _DEEPEST:
                return [Atom("ord", "{", "{")]
            return list(self.sequence(upright, depth + 1, True))
        if char == "\\":
            return self._command(upright, depth)
        if char == " ":
            return [Atom("space", " ", "", width=0.25)] if upright else []
        if char == "'":
            return [Atom("ord", "′", "′")]
        if char in "-\u2212":
            return [Atom("bin", "−", "−")]
        if char in "+*/@%&" and not upright:
            return [Atom("bin" if char != "/" else "ord", char, char)]
        if char in "=<>:" and not upright:
            return [Atom("rel", char, char)]
        if char in "([":
            return [Atom("open", char, char)]
        if char in ")]":
            return [Atom("close", char, char)]
        if char in ",;":
            return [Atom("punct", char, char)]
        drawn = char if upright else _italic(char)
        return [Atom("name" if upright and char.isalpha() else "ord", char, drawn)]

    def _command(self, upright: bool, depth: int) -> list[Atom]:
        start = self._at
        while self._at < len(self._text) and self._text[self._at].isascii() and self._text[self._at].isalpha():
            self._at += 1
        name = self._text[start : self._at]
        if not name:
            name = self._text[self._at : self._at + 1]
            self._at += 1
            if name and name not in _SPACES and name not in _UPRIGHT:
                return [Atom("ord", name, name)]
        if name in _SPACES:
            return [Atom("space", " " if _SPACES[name] else "", "", width=_SPACES[name])]
        if name in _GREEK:
            return [Atom("ord", _GREEK[name], _GREEK[name] if upright else _italic(_GREEK[name]))]
        for table, kind in ((_UPRIGHT, "ord"), (_BINARY, "bin"), (_RELATION, "rel")):
            if name in table:
                return [Atom(kind, table[name], table[name])]
        if depth <= _DEEPEST:
            if name in ACCENTS:
                return [Atom("hat", plain=name, body=self._argument(upright, depth + 1))]
            if name == "sqrt":
                return [Atom("root", body=self._argument(upright, depth + 1))]
            if name == "frac":
                return [Atom("frac", body=self._argument(upright, depth + 1), sub=self._argument(upright, depth + 1))]
            if name in _GROUPS:
                return list(self._argument(True, depth + 1))
        if name in ("left", "right", "mathstrut", "displaystyle"):
            return []
        return [Atom("name", name, name)]


def _joined(atoms: list[Atom]) -> tuple[Atom, ...]:
    """Neighbouring letters of one upright name, and neighbouring digits, become one atom."""
    result: list[Atom] = []
    for atom in atoms:
        last = result[-1] if result else Atom("start")
        follows = bool(atom.drawn) and atom.kind in ("ord", "name")
        name = follows and last.kind == "name" and (atom.kind == "name" or atom.plain in "_.0123456789")
        number = follows and last.kind == "ord" and last.plain[-1:].isdigit() and atom.plain[:1] in "0123456789."
        if name or number:
            result[-1] = Atom(last.kind, last.plain + atom.plain, last.drawn + atom.drawn)
        else:
            result.append(atom)
    return tuple(result)


@lru_cache(maxsize=4096)
def parse_math(latex: str) -> tuple[Atom, ...]:
    """``latex`` as atoms; whatever it holds, something comes out."""
    return _Parser(latex).sequence(False, 0, False)


def _script_plain(atoms: tuple[Atom, ...], table: dict[str, str], sign: str) -> str:
    text = _plain(atoms)
    if text and all(char in table for char in text):
        return "".join(table[char] for char in text)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def _apart(before: str, kind: str) -> bool:
    """Whether a space stands between two atoms that no sign is between: beside words and fractions."""
    if "frac" in (kind, before):
        return before in (*_OPERANDS, "close") and kind in (*_OPERANDS, "open")
    return "name" in (kind, before) and {kind, before} <= {"ord", "name", "script", "hat"}


def _enclosed(atoms: tuple[Atom, ...], under: bool = False) -> str:
    """A part of a fraction, in brackets where it would run together with what is beside it; a product ``under`` it always."""
    text = _plain(atoms)
    if text[:1] == "∂" and _in_brackets(atoms[1:]):
        return text
    joined = any(atom.kind in ("bin", "rel", "space", "frac") for atom in atoms) or any(sign in text for sign in " ·⊙/")
    short = len(text) <= 6 and text.isalnum() and not under
    product = len(atoms) > 1 and text[:1] != "∂" and not short and not text.isdecimal()
    return f"({text})" if joined or product else text


def _in_brackets(atoms: tuple[Atom, ...]) -> bool:
    """Whether one pair of brackets holds all of it."""
    depth = 0
    for at, atom in enumerate(atoms):
        depth += {"open": 1, "close": -1}.get(atom.kind, 0)
        if depth == 0:
            return at == len(atoms) - 1 and atom.kind == "close"
    return False


def _plain(atoms: tuple[Atom, ...], after_comma: str = "") -> str:
    parts: list[str] = []
    before = ""
    for index, atom in enumerate(atoms):
        if atom.kind == "script":
            text = _plain(atom.body)
            text += _script_plain(atom.sub, _LOWERED, "_") if atom.sub else ""
            text += _script_plain(atom.sup, _RAISED, "^") if atom.sup else ""
        elif atom.kind == "hat":
            text = unicodedata.normalize("NFC", _plain(atom.body) + ACCENTS[atom.plain][1])
        elif atom.kind == "root":
            body = _plain(atom.body)
            text = f"√{body}" if len(body) == 1 else f"√({body})"
        elif atom.kind == "frac":
            text = f"{_enclosed(atom.body)}/{_enclosed(atom.sub, under=True)}"
        else:
            text = atom.plain + (after_comma if atom.kind == "punct" and index < len(atoms) - 1 else "")
        spaced = atom.kind == "rel" or (atom.kind == "bin" and before not in ("", "bin", "rel", "open", "punct"))
        if (index == 0 and atom.kind == "rel" and len(atoms) > 1) or (atom.plain == "=" and before == "bin" and index == 1):
            text = f"{text} "
        elif spaced and 0 < index < len(atoms) - 1:
            text = f" {text} "
        elif _apart(before, atom.kind) and (index == 0 or atoms[index - 1].plain != "∂"):
            text = f" {text}"
        parts.append(text)
        before = atom.kind
    return "".join(parts)


@lru_cache(maxsize=4096)
def math_plain(latex: str) -> str:
    """``latex`` as plain text for tooltips and screen readers: ``a^{3}`` is ``a³``."""
    return _plain(parse_math(latex), " ").strip()
