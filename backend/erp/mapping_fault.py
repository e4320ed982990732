"""Says what is wrong in the mapping file, and on which line, in the operator's two languages."""

import re
import tomllib
from typing import Any, Final

import msgspec

Path = tuple[str, ...]

_TYPES: Final = {
    "str": ("du texte", "text"),
    "int": ("un entier", "an integer"),
    "float": ("un nombre", "a number"),
    "bool": ("true ou false", "true or false"),
    "array": ("une liste", "a list"),
    "object": ("une table", "a table"),
}
_INNER: Final = re.compile(r" - at `\$(?P<keys>(?:\.\w+)*)[^`]*`$")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<key>[^`]+)`")
_MISSING: Final = re.compile(r"Object missing required field `(?P<key>[^`]+)`")
_WRONG: Final = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")
_NO_TOML_LINE: Final = re.compile(r"at line (\d+)")


class MappingFault(ValueError):
    """The mapping file is wrong; the text names the place and says what is wrong there.

    `path` is the key's, outermost first.
    """

    def __init__(self, path: Path, fr: str, en: str, place: str = "") -> None:
        super().__init__(f"{place}{'.'.join(path)} : {fr} / {en}")
        self.path = path
        self._words = fr, en

    def located(self, file: str, text: str) -> "MappingFault":
        """The same fault, which names the file and its line; `text` is what the file holds."""
        return MappingFault(self.path, *self._words, f"{file}:{line_of(text, self.path)}: ")


def no_toml(file: str, text: str, error: tomllib.TOMLDecodeError) -> MappingFault:
    """The fault of a file that is no TOML at all."""
    found = _NO_TOML_LINE.search(str(error))
    line = found[1] if found else len(text.splitlines())
    return MappingFault((), f"TOML invalide : {error}", f"invalid TOML: {error}", f"{file}:{line}")


def unknown_key(path: Path, key: str) -> MappingFault:
    """The fault of a key that nothing reads: most often one that was misspelt."""
    return MappingFault((*path, key), "clé inconnue", "unknown key")


def wrong_value(path: Path, error: msgspec.ValidationError) -> MappingFault:
    """The fault of a value that cannot be taken as it is; `path` is that of what was converted."""
    words = str(error)
    inner = _INNER.search(words)
    if inner:
        path = (*path, *inner["keys"].split(".")[1:])
    if found := _UNKNOWN.match(words):
        return unknown_key(path, found["key"])
    if found := _MISSING.match(words):
        return MappingFault(path, f"clé absente : {found['key']}", f"missing key: {found['key']}")
    if found := _WRONG.match(words):
        (wanted, is_wanted), (got, is_got) = (_type(found[part]) for part in ("wanted", "got"))
        fr, en = f"il faut {wanted}, pas {got}", f"expected {is_wanted}, not {is_got}"
        return MappingFault(path, fr, en)
    said = _INNER.sub("", words)
    return MappingFault(path, f"valeur impossible : {said}", f"impossible value: {said}")


def line_of(text: str, path: Path) -> int:
    """The line, from 1, where the statement of a key of valid TOML begins.

    The line of the nearest key above it when it is not there, 1 when nothing of it is. The parser
    tells no positions, but it tells from which line on it knows a key; a value of several lines
    does not parse before its last one.
    """
    lines = text.splitlines(keepends=True)
    known, whole = 0, 0  # keys of the path seen so far, lines of the last prefix that parses
    line = 1
    for count in range(1, len(lines) + 1):
        try:
            depth = _depth(tomllib.loads("".join(lines[:count])), path)
        except tomllib.TOMLDecodeError:
            continue
        if depth > known:
            known, line = depth, whole + 1
        whole = count
    return line


def _depth(value: Any, path: Path) -> int:
    """How many keys of the path lead to something."""
    for depth, key in enumerate(path):
        if not isinstance(value, dict) or key not in value:
            return depth
        value = value[key]
    return len(path)


def _type(name: str) -> tuple[str, str]:
    """The words for a type as msgspec names it."""
    known = [_TYPES.get(each.strip(), (each.strip(),) * 2) for each in name.split("|")]
    return " ou ".join(fr for fr, _ in known), " or ".join(en for _, en in known)
