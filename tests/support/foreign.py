"""Programs of others, from npm, that tests run as processes of their own."""

import asyncio
import shutil
from pathlib import Path

FOREIGN = Path(__file__).parent.parent / "e2e" / "foreign"
INSTALL_S = 180.0
NPM_CI = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
"""Exactly the versions and hashes of the lock file; no package's own code runs meanwhile."""


async def install(name: str, directory: Path) -> Path:
    """Install one of ``tests/e2e/foreign`` under a directory and return where it is."""
    program = directory / name
    shutil.copytree(FOREIGN / name, program, ignore=shutil.ignore_patterns("node_modules"))
    await run(*NPM_CI, cwd=program, within_s=INSTALL_S)
    return program


async def run(*command: str | Path, cwd: Path, within_s: float) -> str:
    """Return what a command prints; it ends well and within so many seconds."""
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
