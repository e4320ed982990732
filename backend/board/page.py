"""The board's page: a shell without any data, whose script asks for the state."""

import html
from pathlib import Path
from typing import Final

import msgspec
from litestar import MediaType, Response, get
from litestar.di import NamedDependency

from backend.auth.headers import content_security_policy
from backend.auth.staff import Staff
from backend.errors import NotBuilt
from backend.settings import Settings

_PAGE: Final = """<!doctype html>
<html lang="fr-CA">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>Tableau – Terrain</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
{preloads}
<script type="module" src="/{script}"></script>
<style>{style}</style>
</head>
<body>
<div id="app"><noscript>
<p>Activer JavaScript pour voir le tableau.</p>
<p lang="en">Turn JavaScript on to see the board.</p>
</noscript></div>
</body>
</html>
"""


class BoardBuild(
    msgspec.Struct, frozen=True, rename={"script": "board.js", "imports": "board.imports"}
):
    """What the page needs from the build's `build.json`; paths are relative to the build's folder.

    `board_style` goes into the page as it is; `board_style_sha256` is its CSP source.
    """

    script: str = ""
    imports: tuple[str, ...] = ()
    board_style: str = ""
    board_style_sha256: str = ""


@get("/board", media_type=MediaType.HTML, sync_to_thread=True)
def board(
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The page. Raises NotBuilt."""
    build = read_build(Path(settings.pwa))
    policy = content_security_policy([build.board_style_sha256])
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Response(page(build), headers=headers, media_type=MediaType.HTML)


def read_build(folder: Path) -> BoardBuild:
    """The board's part of the build in `folder`. Raises NotBuilt."""
    try:
        build = msgspec.json.decode((folder / "build.json").read_bytes(), type=BoardBuild)
    except FileNotFoundError as error:
        raise NotBuilt from error
    if not build.script:
        raise NotBuilt
    return build


def page(build: BoardBuild) -> str:
    """The HTML; it starts in French, and the script follows the reader's choice."""
    preloads = (f'<link rel="modulepreload" href="/{html.escape(f)}">' for f in build.imports)
    return _PAGE.format(
        preloads="\n".join(preloads), script=html.escape(build.script), style=build.board_style
    )
