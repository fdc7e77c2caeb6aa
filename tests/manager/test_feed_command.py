"""The manager's own exports: signed by the community in every encoding."""

from pathlib import Path

import pytest

from tests.support.council import Council
from tests.support.prompt import Cli


@pytest.mark.parametrize("encoding", ["json", "utf-8"])
def test_the_manager_signs_other_encodings_as_the_community(
    cli: Cli, council: Council, tmp_path: Path, encoding: str
) -> None:
    council.open("anna", "bert")
    council.merge(council.pay("anna", "bert", 500))
    target = tmp_path / "feed"
    words = ("feed", "export", target, "--home", council.home.path, "--encoding", encoding)
    held = cli(*words, "--json").held
    assert (held["by_community"], held["signer"]) == (True, council.key.hex())
    said = cli("feed", "verify", target, "--community", council.key.hex())
    assert said.code == 0
    assert "signed by the community" in said.out


def test_before_a_snapshot_there_is_no_binary_feed_to_export(
    cli: Cli, council: Council, tmp_path: Path
) -> None:
    for more in ((), ("--encoding", "json")):
        words = ("feed", "export", tmp_path / "feed", "--home", council.home.path, *more)
        said = cli(*words)
        assert said.code == 1
        assert "no records yet" in said.err
    council.open("anna")
    council.merge()
    said = cli("feed", "export", tmp_path / "feed", "--home", council.home.path)
    assert said.code == 1
    assert "--encoding json needs none" in said.err
    assert not (tmp_path / "feed").exists()
