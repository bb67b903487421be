"""Loaded by pytest before Django's settings are read: boots the servers the tests run on."""

from prm.embedded.environment import prepare_test_environment

prepare_test_environment()
