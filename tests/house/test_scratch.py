"""Where `./test` lets the tests write: in memory where there is room, and nothing stays behind."""

from pathlib import Path

import check
import pytest


def test_files_lie_in_memory_and_are_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "MEMORY", tmp_path)
    monkeypatch.setattr(check, "MEMORY_BYTES_MIN", 1)
    with check.scratch() as options:
        (folder,) = tmp_path.iterdir()
        assert options == [f"--basetemp={folder}/t"]
        (folder / "left").write_text("behind")
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_room_keeps_to_its_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "MEMORY", tmp_path)
    monkeypatch.setattr(check, "MEMORY_BYTES_MIN", 2**62)
    with check.scratch() as options:
        assert options == []
    monkeypatch.setattr(check, "MEMORY", tmp_path / "none")
    monkeypatch.setattr(check, "MEMORY_BYTES_MIN", 1)
    with check.scratch() as options:
        assert options == []
