"""One request to a stranger's website over TLS: to the address that was looked up, for the name that was asked."""

import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from enrichment.providers.outcomes import Reason
from enrichment.websites.fetching import FetchFailedError, fetch
from prm.outside import connecting
from tests.enrichment.websites.sites import Web


def certify(folder: Path, name: str) -> Path:
    """Write a certificate for a name, that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "site.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(web: Web, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Serve https for solvane.example, whose certificate is trusted; return the names clients asked for."""
    path = certify(tmp_path, "solvane.example")
    names: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"for {self.headers['Host']}".encode())

        def log_message(self, *_: Any) -> None:
            """Keep test output clean."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.WEBSITES_LOOPBACK_PORT = server.server_address[1]
    web.names |= {"solvane.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]}
    trusting = ssl.create_default_context(cafile=str(path))
    monkeypatch.setattr(connecting, "_trust", lambda: trusting)
    yield names
    server.shutdown()
    server.server_close()
    thread.join()


def ask(host: str) -> str:
    return fetch(f"https://{host}/", deadline=time.monotonic() + 5).text


def test_the_name_is_asked_for_and_the_certificate_must_be_its_own(secure: list[str]) -> None:
    assert ask("solvane.example").startswith("for solvane.example")
    assert secure == ["solvane.example"]
    with pytest.raises(FetchFailedError) as failure:
        ask("other.example")
    assert failure.value.reason == Reason.UNREACHABLE


def test_a_certificate_nobody_knows_is_refused(secure: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(FetchFailedError):
        ask("solvane.example")
