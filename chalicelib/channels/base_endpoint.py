"""What channels have in common that post to an address on the internet."""

from collections.abc import Callable, Collection

from chalicelib import outbound_http
from chalicelib.config import settings
from chalicelib.domain import endpoint_urls
from chalicelib.domain.endpoint_urls import ForbiddenAddress
from chalicelib.outbound_http import HttpAnswer

Post = Callable[[str, bytes, dict[str, str], Collection[str]], HttpAnswer]


class EndpointChannel:
    """Never to a private address, unless the stage allows its host."""

    def __init__(
        self,
        post: Post = outbound_http.post,
        allowed_private_hosts: Callable[[], Collection[str]] = lambda: (
            settings().allowed_private_hosts
        ),
    ) -> None:
        self._post = post
        self._allowed = allowed_private_hosts

    def accepts(self, address: str) -> bool:
        try:
            endpoint_urls.parse(address, self._allowed())
        except ForbiddenAddress:
            return False
        return True
