"""Files that pages load: read once, compressed once, named by their contents."""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from aiohttp import web

PREFIX = "/static/"
HASH_CHARS = 12
FOREVER = "public, max-age=31536000, immutable"
GZIP_LEVEL = 9
TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".svg": "image/svg+xml"}
"""Where the machine's own table of types may say something else, or nothing."""


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent."""

    data: bytes
    packed: bytes
    kind: str
    hash: str


class StaticFiles:
    """All files of a face: the shared ones and its own."""

    def __init__(self, *packages: str) -> None:
        self._files: dict[str, File] = {}
        for package in packages:
            root = files(package).joinpath("static")
            if root.is_dir():
                self._files |= dict(_read(root, ""))

    def url(self, path: str) -> str:
        """Return where a page loads a file from; it changes when the file does."""
        stem, dot, ending = path.rpartition(".")
        return f"{PREFIX}{stem}.{self._files[path].hash}{dot}{ending}"

    def file(self, path: str) -> File:
        """Return a file by its plain path."""
        return self._files[path]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer ``GET /static/…`` by the hashed name, or by the plain one without caching.

        Raises:
            HTTPNotFound: There is no such file.
        """
        asked = request.match_info["path"]
        stem, _dot, ending = asked.rpartition(".")
        plain, _dot, found = stem.rpartition(".")
        file = self._files.get(f"{plain}.{ending}")
        hashed = file is not None and file.hash == found
        if not hashed:
            file = self._files.get(asked)
        if file is None:
            raise web.HTTPNotFound(text="there is no such file")
        headers = {"Content-Type": file.kind, "Vary": "Accept-Encoding"}
        headers["Cache-Control"] = FOREVER if hashed else "no-cache"
        headers["ETag"] = f'"{file.hash}"'
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        if "gzip" in request.headers.get("Accept-Encoding", "") and file.packed:
            return web.Response(body=file.packed, headers=headers | {"Content-Encoding": "gzip"})
        return web.Response(body=file.data, headers=headers)


def _read(folder: Traversable, above: str) -> Iterator[tuple[str, File]]:
    for child in folder.iterdir():
        path = above + child.name
        if child.is_dir():
            yield from _read(child, path + "/")
        else:
            yield path, _pack(path, child.read_bytes())


def _pack(path: str, data: bytes) -> File:
    packed = gzip.compress(data, GZIP_LEVEL, mtime=0)
    ending = "." + path.rpartition(".")[2]
    kind = TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind == "image/svg+xml"
    return File(
        data=data,
        packed=packed if len(packed) < len(data) else b"",
        kind=f"{kind}; charset=utf-8" if text else kind,
        hash=hashlib.sha256(data).hexdigest()[:HASH_CHARS],
    )
