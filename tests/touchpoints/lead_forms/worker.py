"""A worker of its own that takes in one organisation's forms, and kills itself with everything written
and nothing committed.

python -m tests.touchpoints.lead_forms.worker <organisation id>
"""

import os
import signal
import sys

import django

django.setup()

from prm.organisations.models import Organisation  # noqa: E402  (Django first)
from prm.organisations.scope import organisation_scope  # noqa: E402
from touchpoints.lead_forms import processing  # noqa: E402


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    processing.register_follower(_die)
    organisation = Organisation.objects.get(pk=int(sys.argv[1]))
    with organisation_scope(organisation.pk):
        processing.process_due(organisation)
