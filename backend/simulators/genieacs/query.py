"""The part of MongoDB's queries and projections that clients of the interface use."""

import re
from collections.abc import Iterable, Mapping
from typing import Any


def matches(document: Mapping[str, Any], query: Mapping[str, Any], *, of_devices: bool) -> bool:
    """Whether a document is what a query means."""
    return all(_fits(document, key, wanted, of_devices) for key, wanted in query.items())


def project(document: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The document with `_id` and these parts; a missing one leaves the empty object above it."""
    shown: dict[str, Any] = {"_id": document["_id"]}
    for path in paths:
        _take(document, path.split("."), shown)
    return shown


def _take(source: Any, parts: list[str], into: dict[str, Any]) -> None:
    first, *rest = parts
    if not isinstance(source, Mapping) or first not in source:
        return
    if not rest:
        into[first] = source[first]
    elif isinstance(source[first], Mapping):
        _take(source[first], rest, into.setdefault(first, {}))


def _fits(document: Mapping[str, Any], key: str, wanted: Any, of_devices: bool) -> bool:
    if key == "$or":
        return any(matches(document, each, of_devices=of_devices) for each in wanted)
    # lib/query.ts: a parameter means its value, and a text may be a pattern.
    is_parameter = of_devices and not key.rpartition(".")[2].startswith("_")
    found = _at(document, f"{key}._value" if is_parameter else key)
    if isinstance(wanted, Mapping):
        return bool(re.search(wanted["$regex"], str(found))) if found is not None else False
    if isinstance(found, list):
        return wanted in found
    if of_devices and isinstance(wanted, str) and "*" in wanted:
        return bool(re.fullmatch(re.escape(wanted).replace(r"\*", ".*"), str(found)))
    return bool(found == wanted)


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, Mapping) else None
    return document
