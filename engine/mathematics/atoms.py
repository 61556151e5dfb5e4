"""What a typeset line of mathematics is made of: letters, signs, raised and lowered parts; as plain text and as words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

ACCENTS = {"hat": ("\u02c6", "\u0302"), "bar": ("\u00af", "\u0304"), "tilde": ("\u02dc", "\u0303")}
"""Drawn above the letter; as a combining character in plain text."""
GREEK = {
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
}
"""By their names in LaTeX; capitals are upright."""
_OPERANDS = ("ord", "name", "script", "hat", "root", "frac")
_RAISED = dict(zip("0123456789+−()niT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵀ", strict=True))
_LOWERED = dict(zip("0123456789+−()aeijkmnopt", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑᵢⱼₖₘₙₒₚₜ", strict=True))
_ITALIC_GREEK = dict(zip("αβγδεζηθικλμνξοπρςστυφχψω", range(0x1D6FC, 0x1D6FC + 25), strict=True)) | {"ϵ": 0x1D716, "ϕ": 0x1D719}


@dataclass(frozen=True, slots=True)
class Atom:
    """One thing on the line.

    ``kind`` is one of ord, bin, rel, open, close, punct, name (a function's name), space, hat, root, script, frac. ``plain`` is
    its plain text (of a hat, the accent's name), ``drawn`` what is set for it. ``body`` is what a hat, a root or a script stands
    at and what is over a bar; ``sup`` is raised; ``sub`` is lowered, or what is under a bar. ``width``: of a space, in em.
    """

    kind: str
    plain: str = ""
    drawn: str = ""
    body: tuple[Atom, ...] = ()
    sup: tuple[Atom, ...] = ()
    sub: tuple[Atom, ...] = ()
    width: float = 0.0


@lru_cache(maxsize=1024)
def italic(letter: str) -> str:
    """The mathematical italic of a letter; any other character stays."""
    if letter == "h":
        return "\u210e"
    if "a" <= letter <= "z":
        return chr(0x1D44E + ord(letter) - ord("a"))
    if "A" <= letter <= "Z":
        return chr(0x1D434 + ord(letter) - ord("A"))
    return chr(_ITALIC_GREEK[letter]) if letter in _ITALIC_GREEK else letter


def upright(text: str) -> list[Atom]:
    """The characters of a whole word."""
    made: list[Atom] = []
    for char in text:
        if char == " ":
            made.append(Atom("space", " ", "", width=0.25))
        elif char == "-":
            made.append(Atom("bin", "−", "−"))
        elif char in "([":
            made.append(Atom("open", char, char))
        elif char in ")]":
            made.append(Atom("close", char, char))
        elif char in ",;":
            made.append(Atom("punct", char, char))
        else:
            made.append(Atom("name" if char.isalpha() else "ord", char, char))
    return list(joined(made))


_START = Atom("start")


@lru_cache(maxsize=1024)
def character(char: str, kind: str = "ord") -> Atom:
    """A letter, which is set in italics, a digit or a sign."""
    return Atom(kind, char, italic(char))


def joined(atoms: Sequence[Atom]) -> tuple[Atom, ...]:
    """Neighbouring letters of one upright name, and neighbouring digits, become one atom."""
    if len(atoms) < 2:
        return tuple(atoms)
    result: list[Atom] = []
    for atom in atoms:
        last = result[-1] if result else _START
        follows = bool(atom.drawn) and atom.kind in ("ord", "name")
        name = follows and last.kind == "name" and (atom.kind == "name" or atom.plain in "_.0123456789")
        number = follows and last.kind == "ord" and last.plain[-1:].isdigit() and atom.plain[:1] in "0123456789."
        if name or number:
            result[-1] = Atom(last.kind, last.plain + atom.plain, last.drawn + atom.drawn)
        else:
            result.append(atom)
    return tuple(result)


def scripted(atoms: list[Atom], sup: tuple[Atom, ...], sub: tuple[Atom, ...]) -> None:
    """Raise ``sup`` and lower ``sub`` at the last of ``atoms``, in place; what is there already stays."""
    base = atoms.pop() if atoms and atoms[-1].kind != "space" else Atom("ord")
    if base.kind != "script":
        base = Atom("script", body=(base,))
    atoms.append(Atom("script", body=base.body, sup=sup or base.sup, sub=sub or base.sub))


def size_of(atoms: Sequence[Atom]) -> int:
    """About how many glyphs wide it is set."""
    size = 0
    for atom in atoms:
        if atom.kind == "space":
            size += atom.width == 0.17
        else:
            size += len(atom.plain) * (atom.kind != "hat") + size_of(atom.body) + size_of(atom.sup) + size_of(atom.sub)
    return size


# Plain text ----------------------------------------------------------------------------------------------------------


def plain_text(atoms: Sequence[Atom]) -> str:
    """Atoms as one line of characters: ``a³ − b²``, ``∂y/∂b``."""
    return " ".join(_plain(tuple(atoms), " ").split())


def _script_plain(atoms: tuple[Atom, ...], table: dict[str, str], sign: str) -> str:
    text = _plain(atoms)
    if text and all(char in table for char in text):
        return "".join(table[char] for char in text)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def _apart(before: str, kind: str) -> bool:
    """Whether a space stands between two atoms with no sign between them: next to words and fractions."""
    if "frac" in (kind, before):
        return before in (*_OPERANDS, "close") and kind in (*_OPERANDS, "open")
    return "name" in (kind, before) and {kind, before} <= {"ord", "name", "script", "hat"}


def _enclosed(atoms: tuple[Atom, ...], under: bool = False) -> str:
    """A part of a fraction, in brackets if it would run together with its neighbours; a product ``under`` the bar always."""
    text = _plain(atoms)
    if text[:1] == "∂" and _in_brackets(atoms[1:]):
        return text
    apart = any(atom.kind in ("bin", "rel", "space", "frac") for atom in atoms) or any(sign in text for sign in " ·⊙/")
    short = len(text) <= 6 and text.isalnum() and not under
    product = len(atoms) > 1 and text[:1] != "∂" and not short and not text.isdecimal()
    return f"({text})" if apart or product else text


def _in_brackets(atoms: tuple[Atom, ...]) -> bool:
    """Whether one pair of brackets encloses all of it."""
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


# Words ---------------------------------------------------------------------------------------------------------------

_SAID = {
    "−": "minus",
    "+": "plus",
    "·": "times",
    "×": "times",
    "⊙": "times, element by element,",
    "÷": "divided by",
    "/": "divided by",
    "@": "matrix product",
    "=": "equals",
    "<": "less than",
    ">": "greater than",
    "≤": "at most",
    "≥": "at least",
    "≠": "not equal to",
    "→": "to",
    "←": "becomes",
    "∂": "partial",
    "∑": "sum of",
    "Σ": "sum of",
    "∏": "product of",
    "∞": "infinity",
    "…": "and so on",
    "⋯": "and so on",
    "′": "prime",
    "(": "open bracket",
    ")": "close bracket",
    "[": "open square bracket",
    "]": "close square bracket",
    "|": "bar",
    "‖": "double bar",
}
_NAMES = {letter: name.removeprefix("var") for name, letter in GREEK.items() if letter not in _SAID}


def spoken_text(atoms: Sequence[Atom]) -> str:
    """In words, as one would read it aloud: ``a cubed minus b squared``, ``partial y over partial b``."""
    return " ".join(filter(None, map(_said, atoms)))


def _said(atom: Atom) -> str:
    if atom.kind == "script":
        body = spoken_text(atom.body)
        below = f" {spoken_text(atom.sub)}" if atom.sub else ""
        return body + below + _power_said(atom.sup)
    if atom.kind == "hat":
        return f"{spoken_text(atom.body)} {atom.plain}"
    if atom.kind == "root":
        body = spoken_text(atom.body)
        return f"the root of {body}" + (", end of root," if len(atom.body) > 1 else "")
    if atom.kind == "frac":
        long = len(atom.body) > 1 and atom.body[0].plain != "∂"
        start = "the fraction " if long or len(atom.sub) > 2 else ""
        return f"{start}{spoken_text(atom.body)} over {spoken_text(atom.sub)}{', end of fraction,' if start else ''}"
    if atom.kind == "space":
        return ""
    return _SAID.get(atom.plain) or _NAMES.get(atom.plain, atom.plain)


def _power_said(sup: tuple[Atom, ...]) -> str:
    if not sup:
        return ""
    raised = spoken_text(sup)
    known = {"2": " squared", "3": " cubed", "T": " transposed"}.get(raised)
    return known or f" to the power of {raised}"
