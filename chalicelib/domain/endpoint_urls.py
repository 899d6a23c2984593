"""Which addresses strangers may have us call: public HTTPS ones, and hosts a stage allows.

Both halves are needed: the URL's shape is judged when it is saved and when it is used, and the
address that its name resolves to is judged at each use, since names can be moved.
"""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import msgspec

from chalicelib.domain.errors import InvalidInput

URL_LENGTH_MAX = 2000
PORTS = frozenset({443, 8443})
_NOT_IN_A_URL = re.compile(r"[^!-~]|[\\#\"<>^`{|}]")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label has a letter in it: `127.1`, `0x7f000001` and `2130706433` are no names.
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")
_EMBEDS_IPV4 = IPv6Network("64:ff9b::/96")


class ForbiddenAddress(InvalidInput):
    """We do not call this address, whoever asks for it."""

    code = "endpoint_not_allowed"


class Target(msgspec.Struct, frozen=True):
    """A URL taken apart. `exempt` hosts may be private and spoken to in plain HTTP."""

    scheme: str
    host: str
    port: int
    path: str
    exempt: bool

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        default = {"https": 443, "http": 80}[self.scheme]
        return name if self.port == default else f"{name}:{self.port}"


def parse(url: str, allowed_private_hosts: Collection[str]) -> Target:
    """Raises `ForbiddenAddress` unless the URL says one thing only, and that is permitted."""
    if len(url) > URL_LENGTH_MAX or _NOT_IN_A_URL.search(url):
        raise ForbiddenAddress("Not a plain absolute URL.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ForbiddenAddress("Not an absolute URL.") from error
    host = parts.hostname or ""
    if parts.scheme not in {"https", "http"} or not host:
        raise ForbiddenAddress("Give an https URL.")
    if "@" in parts.netloc or parts.netloc.endswith(":"):
        raise ForbiddenAddress("No user name, password or empty port in the URL.")
    port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    exempt = bool({host, f"{host}:{port}"} & set(allowed_private_hosts))
    target = Target(parts.scheme, host, port, path, exempt)
    if not exempt:
        _require_public_shape(target)
    return target


def require_public(address: str) -> None:
    """Raises `ForbiddenAddress` for an IP address that is not out on the internet."""
    if not _is_public(ip_address(address.partition("%")[0])):
        raise ForbiddenAddress("The URL leads to a private address.")


def _require_public_shape(target: Target) -> None:
    if target.scheme != "https":
        raise ForbiddenAddress("Give an https URL.")
    if target.port not in PORTS:
        raise ForbiddenAddress(f"Use one of the ports {sorted(PORTS)}.")
    try:
        literal = ip_address(target.host)
    except ValueError:
        if len(target.host) > 253 or not _NAME.fullmatch(target.host):
            raise ForbiddenAddress("Give a full domain name.") from None
    else:
        require_public(str(literal))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """An IPv6 address that carries an IPv4 one is as public as what it carries."""
    if isinstance(address, IPv6Address):
        if address.teredo:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _EMBEDS_IPV4:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved
