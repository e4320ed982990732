"""What the container files promise: the same steps as the bootstrap, bounds on everything."""

import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.build import build_wheel

from tests.operations.test_init import services_of

ROOT = Path(__file__).parents[2]
SERVICES = services_of(ROOT / "compose.yaml")
OWN = ("terrain", "work", "bridge")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bounded_watched_and_cannot_write_but_to_its_volume(name: str) -> None:
    service = SERVICES[name]

    assert service["logging"]["options"] == {"max-size": "100m", "max-file": "3"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["mem_limit"]
    assert service["healthcheck"]["test"]


def test_no_secret_is_in_the_environment() -> None:
    named = [
        (name, variable)
        for name, service in SERVICES.items()
        for variable in service.get("environment", {})
        if re.search("PASSWORD|SECRET|TOKEN|KEY", variable) and not variable.endswith("_FILE")
    ]

    assert named == []


def test_the_proxy_is_new_enough_and_told_to_remove_aliases_at_each_entry() -> None:
    proxy = SERVICES["traefik"]
    command = proxy["command"]

    major, minor, patch = re.findall(r"\d+", proxy["image"])
    entries = {each.split(".")[1] for each in command if each.startswith("--entrypoints.")}
    assert (int(major), int(minor), int(patch)) >= (2, 11, 56)
    for entry in entries:
        assert f"--entrypoints.{entry}.http.aliasHeadersStrategy=delete" in command


def test_identity_headers_are_stripped_on_every_route_to_terrain() -> None:
    routes = (ROOT / "deploy" / "traefik.yaml").read_text("utf-8")

    chains = re.findall(r"middlewares: \[(.*)\]\n      service: terrain", routes)
    assert chains == ["terrain-strip", "terrain-strip, authentik, terrain-proxy"]
    for header in ("X-authentik-email", "X-authentik-groups", "X-Terrain-Proxy"):
        assert f'{header}: ""' in routes


def test_the_image_that_runs_has_no_compiler_and_no_root() -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)[1:]

    for stage in (each for each in stages if re.search(r" AS (run|bridge)$", each, re.MULTILINE)):
        installed = re.findall(r"install -y --no-install-recommends ([^\\\n]+)", stage)
        assert not re.search(r"gcc|build-essential|-dev\b|npm", " ".join(installed))
        assert re.findall(r"^USER (.+)$", stage, re.MULTILINE) == ["terrain"]


def test_the_image_is_built_by_the_steps_of_the_bootstrap() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    bootstrap = (ROOT / "tools" / "bootstrap.sh").read_text("utf-8")

    for step in (
        r"ci --ignore-scripts --no-audit --no-fund --loglevel=error",
        r"run --silent build",
        r"--no-deps \\?\s*--require-hashes -r .?requirements/",
        r"--no-index --no-deps \\?\s*--no-build-isolation",
        r"libzbar0",
    ):
        assert re.search(step, dockerfile), step
        assert re.search(step, bootstrap), step


def test_the_wheel_has_all_that_runs_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    wheel = tmp_path / build_wheel(str(tmp_path))

    with ZipFile(wheel) as packed:
        names = packed.namelist()
    folders = {name.partition("/")[0] for name in names}
    assert {each for each in folders if not each.endswith(".dist-info")} == {"backend", "sync"}
    for name in (
        "backend/operations/templates/compose.yaml.jinja",
        "backend/store/migrations/versions/0001_first_schema.py",
        "backend/erp/erpnext.toml",
    ):
        assert name in names
