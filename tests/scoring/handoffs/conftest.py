"""A real mail server on loopback, for notices."""

from tests.nurturing.conftest import mail_server

__all__ = ["mail_server"]
