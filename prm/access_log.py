"""The web server's access log, without what is nobody's business: searches, e-mail addresses, secret links."""

import re
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

FORMAT = '%(h)s %(t)s "%(m)s %(bare_path)s %(H)s" %(s)s %(b)s %(D)s'
# Who has such a link may do what it is for.
_SECRET = re.compile(r"(/u/|/invitations/[^/]+/|/accounts/password/reset/key/|/accounts/confirm-email/)[^/]+")


class AccessLogger(Logger):  # type: ignore[misc]
    """Writes `FORMAT`: no query, no referring page, "…" for a secret; microseconds at the end."""

    def setup(self, cfg: Any) -> None:
        """Take our format, whatever the command line says."""
        cfg.set("access_log_format", FORMAT)
        super().setup(cfg)

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """Add what the format names."""
        return {
            **super().atoms(resp, req, environ, request_time),
            "bare_path": bare_path(str(environ.get("PATH_INFO", ""))),
        }


def bare_path(path: str) -> str:
    """Return a path whose secrets are masked."""
    return _SECRET.sub(r"\1…", path)
