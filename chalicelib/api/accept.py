"""Choosing the form of an answer by the Accept header (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

from chalicelib.domain.errors import InvalidInput


def choose(accept: str | None, offers: Sequence[str]) -> str:
    """The offered type that the reader likes best, the first of them for who does not mind.

    Raises `InvalidInput` `not_acceptable` for a reader who wants none of them.
    """
    ranges = [_parsed(part) for part in (accept or "*/*").split(",")]
    likings = {offer: _liking(offer, ranges) for offer in offers}
    best = max(offers, key=lambda offer: likings[offer])
    if likings[best] <= 0:
        said = ", ".join(offers)
        raise InvalidInput(f"It can be had as: {said}.", code="not_acceptable", offers=said)
    return best


def _parsed(part: str) -> tuple[str, float]:
    """A media range and its weight; a weight that cannot be read is none."""
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return media, 0.0
    return media, 1.0


def _liking(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the narrowest range that the offer is in."""
    everything_of_its_kind = f"{offer.partition('/')[0]}/*"
    for wanted in (offer, everything_of_its_kind, "*/*"):
        weights = [weight for media, weight in ranges if media == wanted]
        if weights:
            return max(weights)
    return 0.0
