"""What `terrain init` asks and writes: one container behind a Traefik that is there already."""

import re
import secrets
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from jinja2 import Environment, StrictUndefined
from pyrage import x25519

from backend.errors import AppError

SECRET_BYTES: Final = 32
CONTAINER_USER: Final = 10001  # of the Dockerfile

_HOST: Final = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]*"


class BadAnswer(AppError):
    """An answer with which nothing could run; `reason` names the question."""

    code: ClassVar[str] = "bad-answer"
    status: ClassVar[int] = 409


class Question(NamedTuple):
    """One question: its key, in both languages, what a good answer looks like, what is taken when
    there is none (None: one is needed)."""

    key: str
    fr: str
    en: str
    pattern: str
    default: str | None


QUESTIONS: Final = (
    Question("host", "Nom public de Terrain", "Public name of Terrain", _HOST, None),
    Question(
        "office_phone",
        "Téléphone du bureau",
        "The office's phone",
        r"(?:[0-9 ().+-]*[0-9]){7,}",
        None,
    ),
    Question(
        "erpnext_url",
        "Adresse d'ERPNext",
        "Address of ERPNext",
        r"https?://[A-Za-z0-9.-]+(:[0-9]+)?",
        None,
    ),
    Question("network", "Réseau Docker de Traefik", "Docker network of Traefik", _NAME, "traefik"),
    Question(
        "proxy_network",
        "Adresses de ce réseau",
        "Addresses of that network",
        r"[0-9a-fA-F.:]+/[0-9]{1,3}",
        "172.16.0.0/12",
    ),
    Question("entrypoint", "Entrée HTTPS de Traefik", "HTTPS entry point", _NAME, "websecure"),
    Question(
        "forward_auth",
        "Middleware ForwardAuth d'Authentik",
        "ForwardAuth middleware of Authentik",
        rf"{_NAME}@{_NAME}",
        "authentik@docker",
    ),
    Question("group", "Groupe des répartiteurs", "Group of dispatchers", _NAME, "terrain-dispatch"),
    Question(
        "former_host",
        "Ancienne adresse du bureau, à rediriger (vide : aucune)",
        "Former address of the office, to be redirected (empty: none)",
        rf"|{_HOST}",
        "",
    ),
    Question(
        "backup",
        "Dossier d'une autre machine pour les copies (vide : aucun)",
        "Folder of another machine for backups (empty: none)",
        r"|/[A-Za-z0-9._/-]+",
        "",
    ),
    Question(
        "image", "Image de Terrain", "Image of Terrain", r"[a-z0-9][a-z0-9._/:@-]*", "terrain"
    ),
)


def checked(answers: Mapping[str, str]) -> dict[str, str]:
    """Every answer, with what stands for those that are not given. Raises BadAnswer."""
    full = {}
    for question in QUESTIONS:
        answer = answers.get(question.key, question.default)
        if answer is None or not re.fullmatch(question.pattern, answer):
            raise BadAnswer(f"{question.key} = {answer or ''}")
        full[question.key] = answer
    return full


def files(answers: Mapping[str, str], push_key: str) -> dict[str, str]:
    """The content of each file of the installation, by its path; secrets are made here.

    Those that only ERPNext can give are empty; `push_key` is a new one. `backup.key` belongs on
    another machine.
    """
    proxy_secret = secrets.token_hex(SECRET_BYTES)
    made = {
        ".env": f"TERRAIN_PROXY_SECRET={proxy_secret}\n",
        "secrets/erpnext-token": "",
        "secrets/erpnext-webhooks": secrets.token_hex(SECRET_BYTES),
        "secrets/terrain-proxy": proxy_secret,
        "secrets/push-key": push_key,
    }
    recipient = ""
    if answers["backup"]:
        identity = x25519.Identity.generate()
        recipient = str(identity.to_public())
        made["backup.key"] = f"# {recipient}\n{identity}\n"
    given = {**answers, "recipient": recipient}
    for name in ("terrain.toml", "compose.yaml"):
        made[name] = _render(f"{name}.jinja", given)
    return made


def write(folder: Path, content: Mapping[str, str]) -> None:
    """Write them for this user alone, nothing over what is there. Raises FileExistsError."""
    for name in content:
        if (folder / name).exists():
            raise FileExistsError(f"{folder / name} : existe déjà / exists already")
    for name, text in content.items():
        file = folder / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text, "utf-8")


def _render(name: str, given: Mapping[str, str]) -> str:
    template = (resources.files("backend.operations") / "templates" / name).read_text("utf-8")
    # Answers fit their patterns, in which nothing can be quoted.
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701
    return environment.from_string(template).render(given) + "\n"
