"""The member's page on a large ledger: requests a second, p95, weight, and merge to page.

    python -m tests.benchmarks.bench_member_page [--records N]... [--seconds S] [--json FILE]

A home is written with a ledger of N records in which two members pay each other among others, and
its page is served on loopback. Visitors from four addresses open the first page, and pay (form,
look ahead, signature on the disk); then merges are committed and the time is taken until the
page's events say so. The peer is the same page on the smallest of the ledgers.
"""

import argparse
import asyncio
import gzip
import json
import re
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

from aiohttp import ClientSession, CookieJar, TCPConnector

from federation.home import Home
from ledger.checkpoint import sign_checkpoint
from ledger.operation import AddUnit
from ledger.store.database import Database, Role, open_database
from ledger.unit import Unit
from member.web.serve import Page, local_place, serve_page
from tests.support.hamlet import begin
from tests.support.storage import Stored
from tests.support.township import seed_of
from tests.support.visitor import Visitor

PEOPLE = (*(f"member{number}" for number in range(98)), "anna", "bert")
BATCH = 500
SOURCES = 4
MERGES = 10
ROOMY = Unit("EUR", 2, "Euro", 10**12, 10**12)
Figures = dict[str, float]


class Village(Stored):
    """A hundred members in a store, who pay each other."""

    def __init__(self, database: Database) -> None:
        self.keep_in(database)
        super().__init__(*PEOPLE)
        self.manage(AddUnit(ROOMY))

    def grow(self, records: int) -> None:
        """Let everybody pay the next one until the ledger has so many records."""
        at = 0
        while self.state.tree.size < records:
            paid = []
            for _ in range(BATCH):
                payer, payee = PEOPLE[at % 100], PEOPLE[(at + 1 + at // 100) % 100]
                if payer != payee:
                    paid.append(self.pay(payer, payee, 100 + at % 7))
                at += 1
            self.merge(*paid)
        self.sign()

    def sign(self) -> None:
        """Sign a checkpoint."""
        size, root = self.state.tree.size, self.state.tree.root
        self.journal.add_checkpoint(size, root, sign_checkpoint(self.seed, size, root).note)


async def measure(folder: Path, records: int, seconds: float) -> Figures:
    """Return the figures of a ledger of so many records."""
    path = folder / "new.db"
    with closing(open_database(path, Role.REPLICA, write=True)) as database:
        village = Village(database)
        village.grow(records)
    home = begin(folder / "anna", village, "anna")
    path.rename(home.ledger)
    return await _serve(home, village, seconds)


async def _serve(home: Home, village: Village, seconds: float) -> Figures:
    writer = open_database(home.ledger, Role.REPLICA, write=True)
    village.database, village.store = writer, None
    with closing(writer):
        async with serve_page(
            home, seed_of("anna"), local_place(0), print, clock=lambda: village.now
        ) as page:
            figures: Figures = {"records": village.state.tree.size}
            async with _visitor(page, 1) as visitor:
                first = await visitor.open("/")
                assert first.status == 200, first.words
                figures |= await _weigh(visitor, first.text)
                figures |= {f"home_{k}": v for k, v in (await _load(page, _open, seconds)).items()}
                figures |= {f"pay_{k}": v for k, v in (await _load(page, _pay, seconds)).items()}
                figures |= await _hear(visitor, village)
    return figures


def _visitor(page: Page, source: int) -> "_Signed":
    return _Signed(page, f"127.0.0.{1 + source}")


class _Signed:
    """A visitor at an address of the loopback network, signed in."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self._session = ClientSession(
            cookie_jar=CookieJar(unsafe=True), connector=TCPConnector(local_addr=(address, 0))
        )

    async def __aenter__(self) -> Visitor:
        visitor = Visitor(self._session, self._page.url)
        await visitor.open(f"/login?token={self._page.token}")
        return visitor

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()


async def _load(page: Page, act: Callable[[Visitor], Awaitable[None]], seconds: float) -> Figures:
    """Let visitors act one after another at each address; return how fast that was."""
    took: list[float] = []
    began = time.perf_counter()

    async def visit(source: int) -> None:
        async with _visitor(page, source) as visitor:
            # At most what the guard lets one source do at once.
            for _ in range(60):
                if time.perf_counter() - began > seconds:
                    return
                start = time.perf_counter()
                await act(visitor)
                took.append(time.perf_counter() - start)

    await asyncio.gather(*(visit(2 + source) for source in range(SOURCES)))
    whole = time.perf_counter() - began
    return {
        "a_second": len(took) / whole,
        "median_ms": 1_000 * median(took),
        "p95_ms": 1_000 * quantiles(took, n=20)[-1],
    }


async def _open(visitor: Visitor) -> None:
    seen = await visitor.open("/")
    assert seen.status == 200, seen.words


async def _pay(visitor: Visitor) -> None:
    form = (await visitor.open("/pay?who=bert")).form("/pay")
    shown = await visitor.send(form, amount="1", memo=secrets.token_hex(4))
    done = await visitor.send(shown.form("/sign"))
    assert done.path.startswith("/change/"), done.words


async def _weigh(visitor: Visitor, text: str) -> Figures:
    """Return the bytes of a first visit: the page and the files that it names, as sent."""
    files = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', text))
    sent = 0
    for file in sorted(files):
        url = visitor.url + file
        async with visitor.session.get(url, headers={"Accept-Encoding": "gzip"}) as answer:
            sent += int(answer.headers.get("Content-Length") or len(await answer.read()))
    return {
        "page_bytes": len(gzip.compress(text.encode())),
        "files": len(files),
        "first_load_bytes": len(gzip.compress(text.encode())) + sent,
    }


async def _hear(visitor: Visitor, village: Village) -> Figures:
    """Return how long after a merge is committed an open page hears of it."""
    took: list[float] = []
    committed: list[float] = []
    village.extra = lambda _connection: committed.append(time.perf_counter())
    async with visitor.session.get(f"{visitor.url}/events") as stream:
        for _ in range(MERGES):
            merging = asyncio.create_task(
                asyncio.to_thread(village.merge, village.pay("member1", "anna", 1))
            )
            count, heard = len(committed), 0.0
            while len(committed) == count or heard < committed[-1]:
                if b"event: books" in await stream.content.readuntil(b"\n\n"):
                    heard = time.perf_counter()
            took.append(heard - committed[-1])
            await merging
    return {"merge_to_event_ms": 1_000 * median(took), "merge_to_event_max_ms": 1_000 * max(took)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, action="append", help="of the ledger; repeat it")
    parser.add_argument("--seconds", type=float, default=8, help="of each load")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    sizes = sorted(asked.records or [1_000, 100_000])
    found = []
    for records in sizes:
        with tempfile.TemporaryDirectory() as folder:
            found.append(asyncio.run(measure(Path(folder), records, asked.seconds)))
        print(json.dumps({name: round(value, 1) for name, value in found[-1].items()}))  # noqa: T201 -- a benchmark prints
    ratio = found[-1]["home_median_ms"] / found[0]["home_median_ms"]
    print(f"home, {sizes[-1]} records against {sizes[0]}: {ratio:.2f} times as long")  # noqa: T201 -- as above
    if asked.json:
        asked.json.write_text(json.dumps({"ledgers": found, "home_ratio": ratio}, indent=1) + "\n")


if __name__ == "__main__":
    main()
