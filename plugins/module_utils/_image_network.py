# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The way to a web server: through which proxy, and whether anybody is there at all."""

from __future__ import annotations

import dataclasses
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from ._plan import DeployError

_PORTS = {"http": 80, "https": 443}


@dataclasses.dataclass(frozen=True)
class Route:
    """How this host reaches web servers.

    Attributes:
        proxies: Proxy URL by scheme. May hold a password; never printed.
        ca_file: Certificates to trust besides those of the system, for mirrors inside a company.
    """

    proxies: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    ca_file: str = ""

    def opener(self) -> urllib.request.OpenerDirector:
        """Return what opens URLs along this route.

        Raises:
            DeployError: The certificates cannot be read.
        """
        context = ssl.create_default_context()
        try:
            if self.ca_file:
                context.load_verify_locations(self.ca_file)
        except OSError as error:
            raise DeployError(f"{self.ca_file} holds no certificates: {error.strerror}.", "Mend ca_file.") from error
        return urllib.request.build_opener(
            urllib.request.ProxyHandler(dict(self.proxies)), urllib.request.HTTPSHandler(context=context)
        )

    def first_hop(self, url: str) -> tuple[str, int]:
        """Return host and port that a connection for this URL goes to: the proxy's, if there is one."""
        parts = urlsplit(url)
        proxy = self.proxies.get(parts.scheme, "")
        if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
            return _address(proxy if "://" in proxy else f"http://{proxy}")
        return _address(url)


def shown(url: str) -> str:
    """Return a URL for people, without user, password and query: a query may carry a signature."""
    try:
        parts = urlsplit(url)
    except ValueError:
        # Nobody knows where its password would end.
        return "(an address that cannot be read)"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _address(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)
    except ValueError as error:
        # Not shown: nobody knows where its password would end.
        raise DeployError("The proxy's address cannot be read.", "Write http://HOST:PORT") from error


def route(proxy: str, ca_file: str = "") -> Route:
    """Return the route through a named proxy, or through those of the environment when none is named."""
    proxies = {"http": proxy, "https": proxy} if proxy else urllib.request.getproxies()
    return Route(proxies, ca_file)


class Probes:
    """Connections tried to all servers at once, so that a host without internet waits one timeout, not one for each.

    A resolver that does not answer is bounded as well, which the timeout of a socket does not do.

    Args:
        addresses: Host and port of each server.
        timeout: Seconds after which a server counts as absent.
        connect: Opens a connection; tests give their own.
    """

    def __init__(
        self,
        addresses: Sequence[tuple[str, int]],
        timeout: float,
        connect: Callable[..., socket.socket] = socket.create_connection,
    ) -> None:
        self._timeout = timeout
        self._connect = connect
        self._end = time.monotonic() + timeout
        self._found: dict[tuple[str, int], str] = {}
        # Daemons: a resolver that hangs must not keep the module from ending.
        self._threads = {
            address: threading.Thread(target=self._try, args=(address,), daemon=True) for address in set(addresses)
        }
        for thread in self._threads.values():
            thread.start()

    def _try(self, address: tuple[str, int]) -> None:
        try:
            # Half the time for each of the server's addresses: one family may lead nowhere while the other works.
            self._connect(address, self._timeout / 2).close()
        except OSError as error:
            self._found[address] = error.strerror or str(error) or type(error).__name__
        else:
            self._found[address] = ""

    def failure(self, address: tuple[str, int]) -> str:
        """Return why nobody is at an address, the empty string when somebody is."""
        self._threads[address].join(max(self._end - time.monotonic(), 0))
        return self._found.get(address, f"no connection within {self._timeout:g} seconds")
