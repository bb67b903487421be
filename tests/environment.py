"""Loaded by pytest before Django's settings are read: boots the servers the tests run on.

Each process of pytest-xdist has servers of its own: a transaction left open by a test in another database of the
same PostgreSQL would hold back what consumers may read.
"""

import os

from prm.embedded.environment import data_path, prepare_test_environment

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["PRM_TEST_DATA_DIR"] = os.environ.get("PRM_TEST_DATA_DIR", str(data_path() / "test")) + f"-{worker}"

# Nobody outside is asked by a test, or by what it starts, that does not bring its own server.
os.environ |= {"VIES_URL": "", "READ_WEBSITES": "false"}

prepare_test_environment()
