#!/usr/bin/env python
"""Run a management command against the servers the environment names, or the embedded ones."""

import sys

from django.core.management import execute_from_command_line

from prm.embedded.environment import prepared_environment


def main() -> None:
    """Point Django at its servers (starting the embedded ones if need be) and run the command."""
    with prepared_environment(sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
