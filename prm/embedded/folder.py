"""PRM_DATA_DIR: what the embedded run keeps on disk, and the secrets that guard it."""

import base64
import hashlib
import hmac
import json
import os
import random
import secrets
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from prm.embedded.locks import one_at_a_time
from prm.embedded.problem import CannotStartError

LOG_MAX_BYTES = 10 * 1024 * 1024
# Below the range that outgoing connections are given their ports from.
PORTS = range(20_000, 32_000)


@dataclass(frozen=True)
class DataFolder:
    """The folder of one installation; `opened` makes it fit for use."""

    path: Path

    @classmethod
    def opened(cls, path: Path) -> "DataFolder":
        """Create the folder and its parts; CannotStartError where that is not possible."""
        folder = cls(path.absolute())
        try:
            folder.path.mkdir(mode=0o711, parents=True, exist_ok=True)
            for part in (folder.servers, folder.logs, folder.mail):
                part.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0:  # the account PostgreSQL runs as passes through; all else in here stays closed
                folder.path.chmod(stat.S_IMODE(folder.path.stat().st_mode) | stat.S_IXOTH)
            probe = folder.servers / f"probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise CannotStartError(
                f"the data folder {folder.path} cannot be written to ({error.strerror}). "
                "Choose another one: PRM_DATA_DIR=/a/folder/of/yours."
            ) from error
        return folder

    @property
    def servers(self) -> Path:
        """Locks and addresses of the running servers."""
        return self.path / "servers"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.path / "log"

    @property
    def mail(self) -> Path:
        """Messages the mail sink took."""
        return self.path / "mail"

    def open_log(self, name: str) -> IO[bytes]:
        """Open a process's log at its end; a long one is set aside first, and one old one kept."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_MAX_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def secret_key(self) -> str:
        """Return the installation's secret, made on first use; only its owner may read the file."""
        path = self.path / "secret_key"
        with one_at_a_time(self.servers / "secret_key.lock"):
            if not path.exists():
                write_privately(path, secrets.token_urlsafe(48))
            return path.read_text(encoding="utf-8").strip()

    def password(self, purpose: str) -> str:
        """Return the password of one embedded server's account."""
        return derived_password(self.secret_key(), purpose)

    def port(self, name: str, *, usable: bool = True) -> int:
        """Return the port remembered under this name; with `usable`, another one when that is taken."""
        path = self.servers / "ports.json"
        with one_at_a_time(self.servers / "ports.lock"):
            ports: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            if name not in ports or (usable and not is_free(ports[name])):
                ports[name] = find_free_port(avoiding=set(ports.values()))
                write_privately(path, json.dumps(ports))
            return ports[name]


def derived_password(secret: str, purpose: str) -> str:
    """Return a password only holders of the secret can tell, safe inside a URL."""
    digest = hmac.new(secret.encode(), f"prm {purpose}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def write_privately(path: Path, text: str) -> None:
    """Replace a file in one step; nobody else may read it."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def find_free_port(*, avoiding: set[int]) -> int:
    """Return a loopback port nobody listens on."""
    for port in random.sample(PORTS, 200):
        if port not in avoiding and is_free(port):
            return port
    raise CannotStartError("no free port was found on 127.0.0.1.")
