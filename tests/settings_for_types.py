"""Settings for the type checker, which needs no servers."""

import os

os.environ.setdefault("SECRET_KEY", "types")
os.environ.setdefault("DATABASE_URL", "postgres://owner@localhost/prm")
os.environ.setdefault("DATABASE_APP_URL", "postgres://app@localhost/prm")
os.environ.setdefault("REDIS_URL", "redis://localhost:6379/0")

from prm.settings import *  # noqa: F403
