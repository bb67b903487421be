import socket
import stat
from pathlib import Path

import pytest

from prm.embedded import folder as folder_module
from prm.embedded.folder import DataFolder, derived_password
from prm.embedded.problem import CannotStartError


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder.opened(tmp_path / "data")


def test_the_secret_is_made_once_and_readable_by_its_owner_only(folder: DataFolder) -> None:
    secret = folder.secret_key()
    assert len(secret) == 64
    assert folder.secret_key() == secret
    assert stat.S_IMODE((folder.path / "secret_key").stat().st_mode) == 0o600


def test_passwords_differ_by_purpose_and_fit_into_a_url() -> None:
    assert derived_password("secret", "prm_app") == derived_password("secret", "prm_app")
    assert derived_password("secret", "prm_app") != derived_password("secret", "prm")
    assert derived_password("secret", "prm_app") != derived_password("other", "prm_app")
    assert set(derived_password("secret", "prm_app")) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


def test_a_port_is_remembered_and_given_up_when_somebody_took_it(folder: DataFolder) -> None:
    port = folder.port("web")
    assert folder.port("web") == port
    with socket.create_server(("127.0.0.1", port)):
        assert folder.port("web", usable=False) == port
        assert folder.port("web") != port


def test_two_names_have_two_ports(folder: DataFolder) -> None:
    assert folder.port("one") != folder.port("two")


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStartError, match="cannot be written to"):
        DataFolder.opened(tmp_path / "file" / "data")


def test_a_long_log_is_set_aside(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "LOG_MAX_BYTES", 5)
    for line in (b"short", b"longer", b"new"):
        with folder.open_log("web") as log:
            log.write(line)
    assert (folder.logs / "web.log.1").read_bytes() == b"shortlonger"
    assert (folder.logs / "web.log").read_bytes() == b"new"
