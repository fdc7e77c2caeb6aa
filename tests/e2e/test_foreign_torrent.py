"""A client without libtorrent finds a snapshot in the DHT by its infohash and downloads it."""

import asyncio
import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.nodes import running_nodes

PROGRAM = Path(__file__).parent / "foreign" / "webtorrent"
NAME = "commontab-foreign"
INSTALL_S = 180
DOWNLOAD_S = 60


async def run(*command: str | Path, cwd: Path, within_s: float) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), within_s)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, f"{command} failed:\n{out.decode()}\n{err.decode()}"
    return out.decode()


@pytest.mark.needs("npm")
async def test_webtorrent_downloads_a_snapshot(tmp_path: Path) -> None:
    program = tmp_path / "program"
    shutil.copytree(PROGRAM, program, ignore=shutil.ignore_patterns("node_modules"))
    npm = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    await run(*npm, cwd=program, within_s=INSTALL_S)
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
