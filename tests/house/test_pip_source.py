"""Where there is no pip, one is fetched from where pip is configured to look, and only by hash."""

import base64
import hashlib
import http.server
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.project import ROOT

import pip_settings
import pip_source

NAME = "pip-99.1-py3-none-any.whl"
WHEEL = b"not a real wheel, but these bytes and no others"
NO_FILES = {"PIP_CONFIG_FILE": os.devnull}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "pip.lock"
    digest = hashlib.sha256(WHEEL).hexdigest()
    path.write_text(f"# which pip\npip==99.1 --hash=sha256:{digest}\n", encoding="utf-8")
    return path


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """An index and a folder of wheels, as files."""
    page = tmp_path / "simple" / "pip" / "index.html"
    page.parent.mkdir(parents=True)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / NAME).write_bytes(WHEEL)
    link = f'<a href="../../files/{NAME}#sha256=00">{NAME}</a>'
    page.write_text(f"<!DOCTYPE html><html><body>{link}</body></html>", encoding="utf-8")
    return tmp_path


def configure(monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in {**NO_FILES, **settings}.items():
        monkeypatch.setenv(name, value)


class GuardedFolder(http.server.SimpleHTTPRequestHandler):
    """Serves a folder to whoever brings the password."""

    expected = "Basic " + base64.b64encode(b"mia:s3:cret").decode()

    def do_GET(self) -> None:
        if self.headers["Authorization"] == self.expected:
            super().do_GET()
        else:
            self.send_error(401)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""


@pytest.fixture
def guarded_host(places: Path) -> Iterator[str]:
    def handler(*args: object) -> GuardedFolder:
        return GuardedFolder(*args, directory=str(places))  # type: ignore[arg-type]

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_index_of_files_gives_pip(
    places: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, {"PIP_INDEX_URL": (places / "simple").as_uri()})
    assert pip_source.fetch(lock, places) == places / NAME
    assert (places / NAME).read_bytes() == WHEEL


def test_a_folder_of_wheels_gives_pip(
    places: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(places / "files")})
    assert pip_source.fetch(lock, places).read_bytes() == WHEEL


def test_an_index_behind_a_password_gives_pip(
    places: Path, lock: Path, guarded_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, {"PIP_INDEX_URL": f"http://mia:s3%3Acret@{guarded_host}/simple"})
    assert pip_source.fetch(lock, places).read_bytes() == WHEEL


def test_a_refused_password_is_told_without_the_password(
    places: Path, lock: Path, guarded_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, {"PIP_INDEX_URL": f"http://mia:wrong@{guarded_host}/simple"})
    with pytest.raises(pip_source.PipNotFoundError, match="401") as caught:
        pip_source.fetch(lock, places)
    assert "wrong" not in str(caught.value)


def test_the_next_place_is_asked_when_one_is_down(
    places: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = (places / "nowhere").as_uri()
    settings = {"PIP_INDEX_URL": down, "PIP_EXTRA_INDEX_URL": (places / "simple").as_uri()}
    configure(monkeypatch, settings)
    assert pip_source.fetch(lock, places).read_bytes() == WHEEL


def test_other_bytes_under_the_same_name_are_refused(
    places: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (places / "files" / NAME).write_bytes(b"something else")
    configure(monkeypatch, {"PIP_INDEX_URL": (places / "simple").as_uri()})
    with pytest.raises(pip_source.PipNotFoundError, match="not the bytes of the lock file"):
        pip_source.fetch(lock, places)
    assert not (places / NAME).exists()


def test_a_kept_wheel_is_used_again_unless_it_was_changed(
    places: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, {"PIP_NO_INDEX": "true"})
    (places / NAME).write_bytes(WHEEL)
    assert pip_source.fetch(lock, places) == places / NAME
    (places / NAME).write_bytes(b"changed")
    with pytest.raises(pip_source.PipNotFoundError, match="no configured place offers"):
        pip_source.fetch(lock, places)


def test_no_configuration_means_pips_own_default() -> None:
    settings = pip_settings.read_settings(NO_FILES)
    assert settings.indexes == (pip_settings.DEFAULT_INDEX,)
    assert settings.find_links == ()


def test_stronger_settings_win_as_they_do_in_pip(tmp_path: Path) -> None:
    shared, own, chosen = tmp_path / "xdg", tmp_path / "own", tmp_path / "chosen.conf"
    for folder, index in ((shared, "a"), (own, "b")):
        (folder / "pip").mkdir(parents=True)
        text = f"[global]\nindex-url = file:///{index}\nproxy = {index}\n"
        (folder / "pip" / "pip.conf").write_text(text, encoding="utf-8")
    environ = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_DIRS": str(shared),
        "XDG_CONFIG_HOME": str(own),
    }
    assert pip_settings.read_settings(environ).indexes[0] == "file:///b"
    chosen.write_text("[install]\nindex_url = file:///c\nfind-links =\n  /x\n  /y\n")
    environ["PIP_CONFIG_FILE"] = str(chosen)
    settings = pip_settings.read_settings(environ)
    assert settings.indexes[0] == "file:///c"
    assert settings.find_links == ("/x", "/y")
    assert settings.proxy == "a"  # PIP_CONFIG_FILE takes the place of the user's own file
    environ["PIP_INDEX_URL"] = "file:///d"
    assert pip_settings.read_settings(environ).indexes == ("file:///d",)


def test_a_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    broken = tmp_path / "pip.conf"
    broken.write_bytes(b"\xff not [ini")
    environ = {"PIP_CONFIG_FILE": str(broken), "PIP_CERT": "mine.pem"}
    assert pip_settings.read_settings(environ).cert == "mine.pem"


def test_the_lock_file_of_pip_is_one_that_can_be_read() -> None:
    text = (ROOT / ".ci" / "pip.lock").read_text("utf-8")
    entries = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(pip_source.PIN.findall(text)) == len(entries) > 0
