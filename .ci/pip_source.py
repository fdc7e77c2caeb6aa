"""Fetch pip itself, from where pip is configured to look, checked against a lock file."""

import base64
import hashlib
import html.parser
import os
import re
import ssl
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from pip_settings import PipSettings, read_settings

PAGE_BYTES_MAX = 16 * 1024 * 1024
WHEEL_BYTES_MAX = 16 * 1024 * 1024
TIMEOUT_S = 30
PIN = re.compile(r"^pip==([0-9.]+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)


class PipNotFoundError(Exception):
    """No place that pip is configured to look in has a pip that the lock file names."""


class Links(html.parser.HTMLParser):
    """Collects the links of an index page.

    Source:
        PEP 503: one anchor per file, its href may be relative and end in `#sha256=…`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an anchor's href."""
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def fetch(lock: Path, folder: Path) -> Path:
    """Return the path of a pip wheel in a folder, fetched if it is not there.

    Args:
        lock: File of lines `pip==VERSION --hash=sha256:HEX`, the preferred first.
        folder: Where the wheel is kept.

    Raises:
        PipNotFoundError: No configured place has one with a matching hash.
    """
    pins = [
        (f"pip-{version}-py3-none-any.whl", digest)
        for version, digest in PIN.findall(lock.read_text(encoding="utf-8"))
    ]
    for name, digest in pins:
        kept = folder / name
        if kept.exists() and hashlib.sha256(kept.read_bytes()).hexdigest() == digest:
            return kept
    settings = read_settings()
    troubles: list[str] = []
    links = list(offered(settings, troubles))
    for name, digest in pins:
        for address in (address for offered_name, address in links if offered_name == name):
            try:
                wheel = read_url(address, settings, WHEEL_BYTES_MAX)
            except OSError as error:
                troubles.append(f"{without_password(address)}: {error}")
                continue
            if hashlib.sha256(wheel).hexdigest() == digest:
                part = folder / f"{name}.{os.getpid()}"
                part.write_bytes(wheel)
                return part.replace(folder / name)
            troubles.append(f"{without_password(address)}: not the bytes of the lock file")
    raise PipNotFoundError(
        f"this machine has no pip and none of {', '.join(name for name, _ in pins)} could be"
        f" fetched ({'; '.join(troubles) or 'no configured place offers them'}): set PIP_INDEX_URL"
        " to an index that can be reached, or install pip (Debian: apt-get install python3-pip)"
    )


def offered(settings: PipSettings, troubles: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the name and address of every file that the configured places offer.

    Args:
        settings: Where to look.
        troubles: Takes a sentence for each place that could not be read.
    """
    pages = [f"{index.rstrip('/')}/pip/" for index in settings.indexes]
    for place in [*pages, *settings.find_links]:
        address = place if "://" in place else Path(place).expanduser().absolute().as_uri()
        try:
            yield from listing(address, settings)
        except (OSError, UnicodeDecodeError, ValueError) as error:
            troubles.append(f"{without_password(address)}: {error}")


def listing(address: str, settings: PipSettings) -> Iterator[tuple[str, str]]:
    """Yield the name and address of every file that one page or folder offers."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme == "file":
        folder = Path(urllib.request.url2pathname(parts.path))
        if folder.is_dir() and not (folder / "index.html").exists():
            yield from ((file.name, file.as_uri()) for file in folder.iterdir())
            return
        if folder.is_dir():
            address = (folder / "index.html").as_uri()
    links = Links()
    links.feed(read_url(address, settings, PAGE_BYTES_MAX).decode())
    for link in links.found:
        target = urllib.parse.urldefrag(urllib.parse.urljoin(address, link)).url
        yield urllib.parse.unquote(target.rsplit("/", 1)[-1]), target


def read_url(address: str, settings: PipSettings, bytes_max: int) -> bytes:
    """Return the bytes behind an address, by the configured proxy and certificates.

    Raises:
        OSError: It cannot be reached, or holds more than `bytes_max`.
    """
    parts = urllib.parse.urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    # `file:` and `http:` are fine too: the lock file's hash binds what arrives.
    request = urllib.request.Request(parts._replace(netloc=host).geturl())  # noqa: S310
    if parts.username is not None:
        name, word = (urllib.parse.unquote(part or "") for part in (parts.username, parts.password))
        pair = base64.b64encode(f"{name}:{word}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {pair}")
    context = ssl.create_default_context(cafile=settings.cert)
    if {host, parts.hostname} & settings.trusted_hosts:
        # The person said so in pip's configuration; the hash in the lock file still binds.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
    if settings.proxy:
        proxies = dict.fromkeys(("http", "https"), settings.proxy)
        handlers.append(urllib.request.ProxyHandler(proxies))
    opener = urllib.request.build_opener(*handlers)
    with opener.open(request, timeout=TIMEOUT_S) as response:
        data: bytes = response.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise OSError(f"more than {bytes_max} bytes")
    return data


def without_password(address: str) -> str:
    """Return an address fit for printing."""
    parts = urllib.parse.urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
