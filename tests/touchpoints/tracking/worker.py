"""A worker of its own: reads one organisation's queue, and stays in the middle of it to be killed.

python -m tests.touchpoints.tracking.worker <organisation id>
"""

import os
import sys
import time

import django

django.setup()

from prm.organisations.models import Organisation  # noqa: E402  (Django first)
from prm.organisations.scope import organisation_scope  # noqa: E402
from touchpoints.tracking import collecting  # noqa: E402


def stay(*_: object) -> int:
    """Say that everything is written and nothing committed, and wait."""
    os.write(1, b"inside\n")
    time.sleep(120)
    return 0


if __name__ == "__main__":
    setattr(collecting, "join_past", stay)  # noqa: B010  (the module names it for itself alone)
    organisation = Organisation.objects.get(pk=int(sys.argv[1]))
    with organisation_scope(organisation.pk):
        collecting.collect(organisation)
