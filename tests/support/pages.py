"""The pages of a face that an address alone opens, so that a list of them can be compared."""

from collections.abc import Iterator

from federation.web.face import Face

FILES = (".pdf", ".png", ".txt")


def pages_of(face: Face) -> Iterator[str]:
    """Yield the addresses that need nothing filled in and are no files."""
    routes = (route for table in face.routes for route in table)
    for route in routes:
        path = str(getattr(route, "path", ""))
        shows = getattr(route, "method", "") == "GET" and not path.endswith(FILES)
        if shows and "{" not in path:
            yield path
