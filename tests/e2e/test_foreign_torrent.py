"""A client without libtorrent finds a snapshot in the DHT by its infohash and downloads it."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.foreign import install, run
from tests.support.nodes import running_nodes

NAME = "commontab-foreign"
DOWNLOAD_S = 60


@pytest.mark.needs("npm")
async def test_webtorrent_downloads_a_snapshot(tmp_path: Path) -> None:
    program = await install("webtorrent", tmp_path)
    contents = {f"f{size}": os.urandom(size) for size in (1, 16_384, 20_000, 300_001)}
    (tmp_path / "ours" / NAME).mkdir(parents=True)
    for name, content in contents.items():
        (tmp_path / "ours" / NAME / name).write_bytes(content)
    async with running_nodes(5) as nodes:
        torrent = await nodes[0].seed(tmp_path / "ours", NAME, list(contents))
        host, port = nodes[3].address
        command = (
            "node",
            "fetch.js",
            f"{host}:{port}",
            torrent.infohash.hex(),
            tmp_path / "theirs",
        )
        said = json.loads(await run(*command, cwd=program, within_s=DOWNLOAD_S))
    assert said["name"] == NAME
    files = {file["path"]: file["sha256"] for file in said["files"] if "/.pad/" not in file["path"]}
    assert files == {f"{NAME}/{f}": sha256(c).hexdigest() for f, c in contents.items()}
