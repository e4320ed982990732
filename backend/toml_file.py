"""Reads an operator's TOML file, and says in two languages on which line it is wrong.

A file is read table by table through `only` and `converted`, so that a fault names its own key.
"""

import re
import tomllib
from collections.abc import Callable, Collection
from importlib.resources.abc import Traversable
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")
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


class TomlFault(ValueError):
    """The file is wrong; the text names the place and says what is wrong there.

    `path` is the key's, outermost first.
    """

    def __init__(self, path: Path, fr: str, en: str, place: str = "") -> None:
        super().__init__(f"{place}{'.'.join(path)} : {fr} / {en}")
        self.path = path
        self._words = fr, en

    def located(self, file: str, text: str) -> "TomlFault":
        """The same fault, which names the file and its line; `text` is what the file holds."""
        return TomlFault(self.path, *self._words, f"{file}:{line_of(text, self.path)}: ")


def load(source: Traversable, parse: Callable[[dict[str, Any]], T]) -> T:
    """What `parse` makes of the file. Raises its TomlFault, or one for what is no TOML, with the
    file's name and the line."""
    text = source.read_text(encoding="utf-8")
    try:
        return parse(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(source.name, text, error) from error
    except TomlFault as fault:
        raise fault.located(source.name, text) from fault


def only(raw: dict[str, Any], known: Collection[str], path: Path) -> None:
    """Raises TomlFault for a key of a table that nobody reads."""
    if unknown := sorted(set(raw) - set(known)):
        raise _unknown_key(path, unknown[0])


def converted(raw: Any, kind: type[T], path: Path) -> T:
    """What decoded TOML holds at `path` as a value of that type. Raises TomlFault."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise _wrong_value(path, error) from error


def _no_toml(file: str, text: str, error: tomllib.TOMLDecodeError) -> TomlFault:
    """The fault of a file that is no TOML at all."""
    found = _NO_TOML_LINE.search(str(error))
    line = found[1] if found else len(text.splitlines())
    return TomlFault((), f"TOML invalide : {error}", f"invalid TOML: {error}", f"{file}:{line}")


def _unknown_key(path: Path, key: str) -> TomlFault:
    """The fault of a key that nothing reads: most often one that was misspelt."""
    return TomlFault((*path, key), "clé inconnue", "unknown key")


def _wrong_value(path: Path, error: msgspec.ValidationError) -> TomlFault:
    """The fault of a value that cannot be taken as it is; `path` is that of what was converted."""
    words = str(error)
    inner = _INNER.search(words)
    if inner:
        path = (*path, *inner["keys"].split(".")[1:])
    if found := _UNKNOWN.match(words):
        return _unknown_key(path, found["key"])
    if found := _MISSING.match(words):
        return TomlFault(path, f"clé absente : {found['key']}", f"missing key: {found['key']}")
    if found := _WRONG.match(words):
        (wanted, is_wanted), (got, is_got) = (_type(found[part]) for part in ("wanted", "got"))
        fr, en = f"il faut {wanted}, pas {got}", f"expected {is_wanted}, not {is_got}"
        return TomlFault(path, fr, en)
    said = _INNER.sub("", words)
    return TomlFault(path, f"valeur impossible : {said}", f"impossible value: {said}")


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
