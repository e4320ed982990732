"""The pages' language follows what the browser asks for, French otherwise."""

import pytest

from backend.tech.language import preferred_language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-CA,en;q=0.9,fr;q=0.8", "en"),
        ("en;q=0.3,fr;q=0.8", "fr"),
        ("fr;q=0,en;q=0.1", "en"),
        ("EN", "en"),
        ("de, en", "en"),
        ("de", "fr"),
        ("*", "fr"),
        ("en;q=nan", "fr"),
        ("en;q=inf, fr;q=0.1", "fr"),
        ("en;q=x", "fr"),
        (";;;,,,q=", "fr"),
        ("english", "fr"),
    ],
)
def test_the_language_is_the_one_asked_for_first(accepted: str, language: str) -> None:
    assert preferred_language(accepted) == language


@pytest.mark.parametrize(
    ("chosen", "language"), [("en", "en"), ("fr", "fr"), ("", "fr"), ("EN", "fr"), ("x", "fr")]
)
def test_the_language_chosen_in_the_address_comes_first(chosen: str, language: str) -> None:
    assert preferred_language("fr-CA", chosen) == language
    assert preferred_language("en-CA", chosen) == ("fr" if chosen == "fr" else "en")
