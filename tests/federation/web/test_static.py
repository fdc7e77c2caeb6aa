"""Files of the pages: what a first look costs, how they are kept, and whose they are."""

import gzip
import hashlib
import re

import pytest

from federation.web.static import FOREVER, StaticFiles
from tests.support.project import ROOT
from tests.support.webclient import Answer, client_of
from tests.support.webface import sample_app

FIRST_LOAD_BYTES_MAX = 100_000
VENDOR = ROOT / "federation" / "web" / "static" / "vendor"
LINE = re.compile(r"^\| `([^`]+)` \| [^|]+ \| [^|]+ \| `([0-9a-f]{64})` \|$", re.MULTILINE)
LOADED = re.compile(r'(?:src|href)="(/static/[^"#]+)')
GZIP = {"Accept_Encoding": "gzip"}


async def test_a_first_look_weighs_at_most_100_kilobytes_compressed() -> None:
    """Counts the first page of somebody who has nothing yet, with charts on it."""
    async with client_of(sample_app()) as client:
        page = await client.sign_in()
        weight = len(gzip.compress(page.text.encode()))
        files = set(LOADED.findall(page.text))
        assert len(files) >= 7
        for path in files:
            weight += await weigh(client.session, client.url + path)
    print(f"first load: {weight} bytes compressed, {len(files)} files")  # noqa: T201 -- a figure
    assert weight <= FIRST_LOAD_BYTES_MAX


async def weigh(session: object, url: str) -> int:
    async with session.get(url, headers={"Accept-Encoding": "gzip"}) as answer:  # type: ignore[attr-defined]
        assert answer.status == 200
        return int(answer.headers["Content-Length"])


async def fetch(path: str, **headers: str) -> Answer:
    async with client_of(sample_app()) as client:
        return await client.get(path, **headers)


async def test_a_file_by_its_hash_is_kept_forever_and_by_its_name_asked_for_again() -> None:
    files = StaticFiles("federation.web")
    hashed = await fetch(files.url("app.css"), **GZIP)
    plain = await fetch("/static/app.css")
    assert hashed.headers["Cache-Control"] == FOREVER
    assert hashed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Cache-Control"] == "no-cache"
    assert plain.text == hashed.text
    assert plain.headers["Content-Type"] == "text/css; charset=utf-8"
    old = await fetch("/static/app.0123456789ab.css")
    assert old.status == 404


async def test_a_file_that_a_browser_has_is_not_sent_again() -> None:
    first = await fetch("/static/app.css")
    again = await fetch("/static/app.css", If_None_Match=first.headers["ETag"])
    assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize(
    "path",
    ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "", "vendor", "app.css/", "%00", "a" * 4_000],
)
async def test_nothing_but_the_files_is_served(path: str) -> None:
    answer = await fetch(f"/static/{path}")
    assert answer.status in {303, 404}
    assert "import" not in answer.text


def test_every_vendored_file_is_the_published_one() -> None:
    listed = dict(LINE.findall((VENDOR / "THIRD-PARTY.md").read_text(encoding="utf-8")))
    there = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "THIRD-PARTY.md"
    }
    assert listed == there


def test_no_template_has_anything_inline_that_the_policy_forbids() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for package in ("federation", "member", "manager")
        for path in (ROOT / package / "web" / "templates").rglob("*.html")
        for match in re.finditer(
            r"\sstyle=|<style|\son[a-z]+=\"|javascript:|<script(?![^>]*\ssrc=)|\shx-on",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert found == []
