"""The mail sink: an SMTP server on loopback that delivers every message into a folder, one file each.

`python -m prm.embedded.mail_sink PORT FOLDER`. Nothing leaves the machine.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_BYTES = 32 * 1024 * 1024


class Delivery:
    """Writes messages as `<arrival in UTC>-<number>.eml`: in order of arrival when sorted by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last_ns = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer 250 once the message has its file."""
        name = self._next_name()
        unfinished = self._folder / f".{name}.part"
        unfinished.write_bytes(_trace(envelope) + (envelope.original_content or b""))
        unfinished.rename(self._folder / name)
        return f"250 2.0.0 Delivered as {name}"

    def _next_name(self) -> str:
        """Return a name after every earlier one, even when the clock was set back."""
        self._last_ns = max(time.time_ns(), self._last_ns + 1)
        seconds, rest = divmod(self._last_ns, 10**9)
        return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(seconds))}.{rest:09d}Z-{os.getpid()}.eml"


def _trace(envelope: Envelope) -> bytes:
    """Return the lines a final delivery puts on top (RFC 5321, 4.4): who sent it, to whom it was delivered."""
    lines = [f"Return-Path: <{envelope.mail_from}>", *(f"Delivered-To: {address}" for address in envelope.rcpt_tos)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")


async def serve(port: int, folder: Path) -> None:
    """Take messages until a signal comes; those being taken are finished."""
    delivery = Delivery(folder)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)

    def session() -> SMTP:
        return SMTP(delivery, hostname="localhost", data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, loop=loop)

    server = await loop.create_server(session, "127.0.0.1", port)
    async with server:
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
