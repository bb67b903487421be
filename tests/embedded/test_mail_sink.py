import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from prm.embedded.folder import find_free_port
from prm.embedded.servers import ROOT


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[int]:
    """Return the port of a mail sink that writes to tmp_path."""
    port = find_free_port(avoiding=set())
    with subprocess.Popen(
        [sys.executable, "-m", "prm.embedded.mail_sink", str(port), str(tmp_path)], cwd=ROOT
    ) as process:
        deadline = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield port
        process.terminate()
    assert process.returncode == 0


def test_messages_become_files_that_sort_by_arrival(sink: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", sink) as smtp:
        for number in range(5):
            message = EmailMessage()
            message["Subject"] = f"Bienvenue {number} à l’été"
            message["From"], message["To"] = "prm@solvane.example", "léa@client.example"
            message.set_content("Ça marche ?\n.\nune ligne avec un point\n")
            smtp.send_message(message, to_addrs=["lea@client.example", "copie@client.example"])
    files = sorted(tmp_path.iterdir())
    assert [file.suffix for file in files] == [".eml"] * 5
    read = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    assert [message["Subject"] for message in read] == [f"Bienvenue {number} à l’été" for number in range(5)]
    assert read[0]["Return-Path"] == "<prm@solvane.example>"
    assert read[0].get_all("Delivered-To") == ["lea@client.example", "copie@client.example"]
    body = read[0].get_body()
    assert body is not None
    assert body.get_content().splitlines() == ["Ça marche ?", ".", "une ligne avec un point"]


def test_nothing_is_kept_of_a_message_broken_off(sink: int, tmp_path: Path) -> None:
    smtp = smtplib.SMTP("127.0.0.1", sink)
    smtp.ehlo()
    smtp.mail("prm@solvane.example")
    smtp.rcpt("lea@client.example")
    smtp.putcmd("data")
    assert smtp.getreply()[0] == 354
    smtp.send(b"Subject: half\r\n\r\nhalf a mess")
    smtp.close()
    with smtplib.SMTP("127.0.0.1", sink) as whole:
        whole.sendmail("prm@solvane.example", "lea@client.example", b"Subject: whole\r\n\r\nwhole\r\n")
    (file,) = tmp_path.iterdir()
    assert b"Subject: whole" in file.read_bytes()
