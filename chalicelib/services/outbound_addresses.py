"""Whether an address that somebody gave us may be called: judged when it is saved."""

from urllib.parse import urlsplit

from chalicelib import outbound_http
from chalicelib.config import settings
from chalicelib.domain import endpoint_urls
from chalicelib.domain.endpoint_urls import ForbiddenAddress
from chalicelib.domain.errors import Unavailable
from chalicelib.outbound_http import Resolve


def require_callable(url: str, find: Resolve = outbound_http.resolve) -> None:
    """Raises `ForbiddenAddress`. A name that does not resolve now may do so later; where it leads
    is judged at each use.
    """
    target = endpoint_urls.parse(url, settings().allowed_private_hosts)
    if target.host_header == urlsplit(settings().public_url).netloc.lower():
        raise ForbiddenAddress("Docket does not call itself.")
    try:
        outbound_http.addresses_of(target, find)
    except Unavailable:
        return
