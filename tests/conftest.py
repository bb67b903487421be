"""The world tests live in: real servers, an organisation, and its twin."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection, connections
from django.test import Client
from django.utils import translation

from prm.organisations.models import Membership, Organisation, Role, User
from prm.organisations.scope import organisation_scope
from prm.work.cache import TolerantRedisCache
from tests.database import create_test_database, drop_test_database, empty_test_database, with_database


def pytest_configure() -> None:
    """Use what tests need to be quick: a cheap password hash, static files without a manifest."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.CACHES["default"]["KEY_PREFIX"] = f"test{os.getpid()}"
    # A loaded machine is slow, not down: a page that gives the cache up asks more than its queries.
    settings.CACHES["default"]["OPTIONS"].update(socket_connect_timeout=10, socket_timeout=20)
    settings.LANGUAGE_CODE = "en"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Let every test begin in English, whatever ran before it."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def cache_is_asked() -> None:
    """Let no test begin in the pause that follows another one's cut connection."""
    TolerantRedisCache.silent_until = 0.0


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """Give this process a database of its own, where the application is the plain role."""
    name = create_test_database()
    settings.DATABASES["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name
    for variable in ("DATABASE_URL", "DATABASE_APP_URL"):
        os.environ[f"TEST_{variable}"] = with_database(os.environ[variable], name)
    yield
    with django_db_blocker.unblock():
        connection.close()
    drop_test_database(name)


_pages = itertools.count(1)


def _turn_the_cache_page() -> None:
    """Let nothing kept of the organisation that was number 1 be read for the one that now gets its number."""
    prefix = f"test{os.getpid()}-{next(_pages)}"
    settings.CACHES["default"]["KEY_PREFIX"] = prefix
    caches["default"].key_prefix = prefix


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let a test commit for real, as workers and other processes need it; everything is removed afterwards."""
    with django_db_blocker.unblock():
        yield
        connection.close()
        empty_test_database(settings.DATABASES["default"]["NAME"])
        _turn_the_cache_page()


@dataclass(frozen=True)
class World:
    """An organisation with one member of each role, and a twin with the same names that must never show."""

    organisation: Organisation
    twin: Organisation
    admin: User
    marketer: User
    sales: User
    viewer: User
    twin_admin: User

    def client(self, user: User) -> Client:
        """Return a browser in which this person is signed in (English)."""
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    def path(self, rest: str = "") -> str:
        """Return the address of a page of the organisation."""
        return f"/o/{self.organisation.slug}/{rest}"


def make_world() -> World:
    """Create both organisations and their people."""
    organisation = Organisation.objects.create(slug="solvane", name="Solvane")
    twin = Organisation.objects.create(slug="solvane-twin", name="Solvane")
    people = {
        name: User.objects.create_user(f"{name}@solvane.example", "secret-1234", full_name=name.title())
        for name in ("admin", "marketer", "sales", "viewer", "twin_admin")
    }
    with organisation_scope(organisation.pk):
        for name in ("admin", "marketer", "sales", "viewer"):
            Membership.objects.create(organisation=organisation, user=people[name], role=Role(name))
    with organisation_scope(twin.pk):
        Membership.objects.create(organisation=twin, user=people["twin_admin"], role=Role.ADMIN)
    return World(organisation, twin, **people)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """Return the two organisations; in a transaction, or for real in tests that ask for `committed` first."""
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")
    return make_world()


@pytest.fixture
def scoped(world: World) -> Iterator[World]:
    """Return the world with the organisation's scope open, for tests of services and queries."""
    with organisation_scope(world.organisation.pk):
        yield world
