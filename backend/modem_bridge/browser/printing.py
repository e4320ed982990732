"""Prints a page of ours in a context of its own, where nothing runs and nothing can be fetched."""

from typing import Any, Final

from playwright.async_api import BrowserContext, Route

# What the template's escaping should let through all the same finds no script, no network, and no
# request that is let go.
SEALED: Final[dict[str, Any]] = {
    "java_script_enabled": False,
    "offline": True,
    "service_workers": "block",
    "accept_downloads": False,
}


async def printed(context: BrowserContext, html: str) -> bytes:
    """The page as PDF, of the size that its style names. Raises Playwright's Error."""
    await context.route("**/*", _refused)
    page = await context.new_page()
    await page.set_content(html, wait_until="load")
    return await page.pdf(prefer_css_page_size=True, print_background=True)


async def _refused(route: Route) -> None:
    await route.abort()
