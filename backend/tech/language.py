"""Chooses between the two languages of the pages; French unless English is asked for first."""

from typing import cast

from backend.tech.words import Lang


def preferred_language(accepted: str, chosen: str = "") -> Lang:
    """The language chosen in the address, else that of Accept-Language (RFC 9110 section 12.5.4).

    Neither is trusted: what is no language of ours counts as nothing.
    """
    if chosen in ("fr", "en"):
        return cast(Lang, chosen)
    offers = [_offer(each) for each in accepted.lower().split(",")]
    wanted = sorted((offer for offer in offers if offer[0] > 0), key=lambda each: -each[0])
    for _, tag in wanted:
        if tag == "en":
            return "en"
        if tag == "fr":
            break
    return "fr"


def _offer(text: str) -> tuple[float, str]:
    tag, _, parameter = text.partition(";")
    weight = parameter.strip().removeprefix("q=") or "1"
    try:
        offered = float(weight)
    except ValueError:
        offered = 0.0
    return offered if 0 < offered <= 1 else 0.0, tag.strip().partition("-")[0]
