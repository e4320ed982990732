"""The bill of materials is whole, follows from the locks, and says nothing else."""

import json
import re
from pathlib import Path

from tests.rows import row
from tools import sbom

ROOT = Path(__file__).parents[2]


@row(31, without={"tools.sbom.python_components": lambda _lock: iter(())})
def test_every_package_that_runs_is_in_the_bill_by_its_hash() -> None:
    components = sbom.bill()["components"]

    asked = re.findall(r"^([a-z0-9.-]+)(?:\[.*\])?==(\S+)", (ROOT / sbom.PYTHON).read_text(), re.M)
    python = {(c["name"], c["version"]) for c in components if c["purl"].startswith("pkg:pypi/")}
    assert python == set(asked)
    assert all(each["hashes"] for each in components)
    assert {"preact", "zxing-wasm"} <= {each["name"] for each in components}


def test_what_only_developers_need_is_not_in_the_bill() -> None:
    names = {each["name"] for each in sbom.bill()["components"]}

    assert names.isdisjoint({"pytest", "vitest", "typescript", "mypy"})


def test_the_same_locks_give_the_same_bill() -> None:
    first, second = (json.dumps(sbom.bill(), sort_keys=True) for _ in range(2))

    assert first == second
    assert len({each["bom-ref"] for each in sbom.bill()["components"]}) == len(
        sbom.bill()["components"]
    )


def test_an_npm_integrity_is_its_digest_in_hex() -> None:
    lock = {"packages": {"node_modules/@a/b": {"version": "1.0.0", "integrity": "sha512-AAEC"}}}

    [component] = sbom.npm_components(lock)

    assert component["hashes"] == [{"alg": "SHA-512", "content": "000102"}]
    assert component["purl"] == "pkg:npm/%40a/b@1.0.0"
