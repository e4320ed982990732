"""Writes the software bill of materials, CycloneDX 1.6 (ECMA-424), out of the locks: without a
network, and the same text for the same locks.

    python -m tools.sbom > terrain.cdx.json
"""

import base64
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = "requirements/run.txt"
NPM: Final = "pwa/package-lock.json"
_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")

Component = dict[str, Any]


def bill(root: Path = ROOT) -> dict[str, Any]:
    """What an installation consists of: the Python packages that run, the npm packages that are
    built into the pages. Tools of development are in neither."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": project["name"],
                "name": project["name"],
                "version": project["version"],
            }
        },
        "components": [
            *python_components((root / PYTHON).read_text("utf-8")),
            *npm_components(json.loads((root / NPM).read_text("utf-8"))),
        ],
    }


def python_components(lock: str) -> Iterator[Component]:
    """The packages of a requirements file with hashes."""
    for entry in re.split(r"\n(?=[A-Za-z0-9])", lock):
        if found := _PINNED.match(entry):
            name, version = found[1].lower(), found[2]
            hashes = [{"alg": "SHA-256", "content": each} for each in _HASH.findall(entry)]
            yield _component(f"pkg:pypi/{name}@{quote(version)}", name, version, hashes)


def npm_components(lock: dict[str, Any]) -> Iterator[Component]:
    """The packages of an npm lock that are not for development alone."""
    for path, entry in sorted(lock["packages"].items()):
        if not path or entry.get("dev") or entry.get("devOptional") or entry.get("optional"):
            continue
        name = path.rpartition("node_modules/")[2]
        hashes = [_integrity(entry["integrity"])]
        purl = f"pkg:npm/{quote(name, safe='/')}@{quote(entry['version'])}"
        licence = [{"license": {"name": entry["license"]}}] if entry.get("license") else []
        more = {"licenses": licence} if licence else {}
        yield _component(purl, name, entry["version"], hashes) | more


def _component(purl: str, name: str, version: str, hashes: list[dict[str, str]]) -> Component:
    named = {"type": "library", "bom-ref": purl, "name": name, "version": version}
    return {**named, "purl": purl, "hashes": hashes}


def _integrity(text: str) -> dict[str, str]:
    """An npm integrity (`sha512-<base64>`) as CycloneDX writes it."""
    kind, _, digest = text.partition("-")
    return {"alg": f"SHA-{kind.removeprefix('sha')}", "content": base64.b64decode(digest).hex()}


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
