"""Invitations: one link by e-mail, good once, for one address, for fourteen days."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from prm.organisations.models import AuditEntry, Invitation, Membership, Organisation, Role, User
from prm.organisations.scope import organisation_scope
from prm.organisations.services import INVITATIONS_A_DAY, accept_invitation, invite_member, revoke_invitation
from prm.organisations.tokens import hash_token
from prm.work.errors import Conflict, NotFound, Refused, Throttled
from tests.conftest import World

ADDRESS = "zoe@example.com"


@pytest.fixture
def zoe(db: None) -> User:
    return User.objects.create_user(ADDRESS, "secret-1234", full_name="Zoé Blanc")


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def invite(world: World, role: Role = Role.SALES, email: str = ADDRESS) -> tuple[Invitation, str]:
    return invite_member(world.organisation, email=email, role=role, by=world.admin)


def test_the_token_is_long_and_kept_as_a_hash(scoped: World) -> None:
    invitation, token = invite(scoped, email=" Zoe@Example.com ")
    assert len(token) == 43
    invitation.refresh_from_db()
    assert (invitation.email, invitation.token_hash) == (ADDRESS, hash_token(token))
    assert invitation.expires_at - invitation.created_at == pytest.approx(timedelta(days=14), abs=timedelta(seconds=5))
    assert list(AuditEntry.objects.values_list("action", "object_label", "after")) == [
        ("invitation.create", ADDRESS, {"email": ADDRESS, "role": "sales"})
    ]
    assert token not in str(AuditEntry.objects.values_list("after", "object_label"))


def test_the_invited_person_comes_in(scoped: World, zoe: User) -> None:
    EmailAddress.objects.create(user=zoe, email=ADDRESS, verified=False, primary=True)
    _invitation, token = invite(scoped)
    joined = accept_invitation(scoped.organisation, token=token, user=zoe)
    assert (joined.user, joined.role) == (zoe, "sales")
    assert EmailAddress.objects.get(user=zoe).verified is True
    assert actions() == ["invitation.create", "invitation.accept", "membership.create"]


def test_a_link_is_good_once(scoped: World, zoe: User) -> None:
    _invitation, token = invite(scoped)
    accept_invitation(scoped.organisation, token=token, user=zoe)
    Membership.objects.filter(user=zoe).delete()
    with pytest.raises(Refused, match="used already"):
        accept_invitation(scoped.organisation, token=token, user=zoe)
    assert not Membership.objects.filter(user=zoe).exists()


def test_a_link_is_for_one_address(scoped: World) -> None:
    _invitation, token = invite(scoped)
    stranger = User.objects.create_user("other@example.com")
    with pytest.raises(Refused, match=r"This invitation is for zoe@example\.com"):
        accept_invitation(scoped.organisation, token=token, user=stranger)
    assert not Membership.objects.filter(user=stranger).exists()
    assert Invitation.objects.get().accepted_at is None


def test_a_link_ends_after_fourteen_days(scoped: World, zoe: User) -> None:
    invitation, token = invite(scoped)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())
    with pytest.raises(Refused, match="good for 14 days"):
        accept_invitation(scoped.organisation, token=token, user=zoe)
    assert not Membership.objects.filter(user=zoe).exists()


def test_a_withdrawn_link_ends(scoped: World, zoe: User) -> None:
    invitation, token = invite(scoped)
    revoke_invitation(scoped.organisation, invitation_id=invitation.pk, by=scoped.admin)
    with pytest.raises(Refused, match="withdrawn"):
        accept_invitation(scoped.organisation, token=token, user=zoe)
    assert actions() == ["invitation.create", "invitation.revoke"]


def test_inviting_again_ends_the_earlier_link(scoped: World, zoe: User) -> None:
    _first, old = invite(scoped)
    _second, new = invite(scoped, Role.VIEWER)
    with pytest.raises(Refused, match="replaced"):
        accept_invitation(scoped.organisation, token=old, user=zoe)
    assert accept_invitation(scoped.organisation, token=new, user=zoe).role == "viewer"


def test_a_wrong_token_leads_nowhere(scoped: World, zoe: User) -> None:
    invite(scoped)
    with pytest.raises(NotFound):
        accept_invitation(scoped.organisation, token="A" * 43, user=zoe)


def test_a_token_is_worth_nothing_in_another_organisation(scoped: World, zoe: User) -> None:
    _invitation, token = invite(scoped)
    with organisation_scope(scoped.twin.pk), pytest.raises(NotFound):
        accept_invitation(scoped.twin, token=token, user=zoe)


def test_a_member_cannot_be_invited(scoped: World) -> None:
    with pytest.raises(Conflict, match=r"viewer@solvane\.example is a member already\."):
        invite(scoped, email="Viewer@solvane.example")
    assert Invitation.objects.count() == 0


def test_one_organisation_cannot_send_masses(scoped: World) -> None:
    for number in range(INVITATIONS_A_DAY):
        invite(scoped, email=f"p{number}@example.com")
    with pytest.raises(Throttled):
        invite(scoped)
    assert Invitation.objects.count() == INVITATIONS_A_DAY


def test_an_accepted_invitation_cannot_be_withdrawn(scoped: World, zoe: User) -> None:
    invitation, token = invite(scoped)
    accept_invitation(scoped.organisation, token=token, user=zoe)
    with pytest.raises(Conflict, match="has joined already"):
        revoke_invitation(scoped.organisation, invitation_id=invitation.pk, by=scoped.admin)


# --- By e-mail and in the browser -------------------------------------------------------------


def invited(world: World, email: str = ADDRESS, role: str = "sales") -> str:
    """Invite on the members' page; return the path of the link in the message."""
    client = world.client(world.admin)
    answer = client.post(world.path("settings/members/invite/"), {"email": email, "role": role})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/o/solvane/settings/members/")
    found = re.search(r"https?://\S+?(/invitations/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_the_message_is_in_the_organisations_language(world: World) -> None:
    Organisation.objects.filter(pk=world.organisation.pk).update(language="en")
    path = invited(world)
    message = mail.outbox[0]
    assert (message.to, message.reply_to) == ([ADDRESS], ["admin@solvane.example"])
    assert message.subject == "Join Solvane on PRM"
    assert "Admin invites you to Solvane on PRM, as: Sales rep." in str(message.body)
    html = str(message.alternatives[0][0])  # type: ignore[attr-defined]
    assert path in html
    assert '<html lang="en">' in html


def test_a_new_person_creates_an_account_and_is_in(world: World) -> None:
    path = invited(world)
    client = Client(headers={"accept-language": "en"})
    page = client.get(path).content.decode()
    assert "zoe@example.com is invited to Solvane as: Sales rep." in page
    form = client.get("/accounts/signup/", {"next": path}).content.decode()
    assert "Name of your organisation" not in form
    assert f'name="next" value="{path}"' in form
    answer = client.post(
        "/accounts/signup/",
        {"full_name": "Zoé Blanc", "email": "mallory@example.com", "password1": "long-enough-77", "next": path},
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    zoe = User.objects.get(email=ADDRESS)
    assert (zoe.full_name, EmailAddress.objects.get(user=zoe).verified) == ("Zoé Blanc", True)
    assert client.get(path).headers["Location"] == "/o/solvane/"
    with organisation_scope(world.organisation.pk):
        assert Membership.objects.get(user=zoe).role == "sales"
    assert not User.objects.filter(email="mallory@example.com").exists()
    assert Organisation.objects.count() == 2
    # The invitation proved the address: nothing is left to confirm.
    assert len(mail.outbox) == 1


def test_a_known_person_signs_in_and_joins(world: World, zoe: User) -> None:
    path = invited(world)
    client = Client(headers={"accept-language": "en"})
    assert f"/accounts/login/?next={path.replace('/', '%2F')}" in client.get(path).content.decode()
    answer = client.post("/accounts/login/", {"login": "ZOE@example.com", "password": "secret-1234", "next": path})
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    page = client.get(path)
    assert "Join Solvane" in page.content.decode()
    with organisation_scope(world.organisation.pk):
        assert not Membership.objects.filter(user=zoe).exists()
    assert client.post(path).headers["Location"] == "/o/solvane/"
    with organisation_scope(world.organisation.pk):
        assert Membership.objects.get(user=zoe).role == "sales"


def test_somebody_else_reads_why_it_is_not_theirs(world: World) -> None:
    path = invited(world)
    client = world.client(world.twin_admin)
    page = client.get(path).content.decode()
    assert "You are signed in as twin_admin@solvane.example, and the invitation is for zoe@example.com." in page
    answer = client.post(path)
    assert answer.status_code == 403
    with organisation_scope(world.organisation.pk):
        assert not Membership.objects.filter(user=world.twin_admin).exists()


def test_a_link_that_is_over_says_so(world: World) -> None:
    path = invited(world)
    with organisation_scope(world.organisation.pk):
        Invitation.objects.update(expires_at=timezone.now())
    page = Client(headers={"accept-language": "en"}).get(path).content.decode()
    assert "This invitation is over" in page
    assert "good for 14 days" in page


def test_a_link_that_is_over_opens_no_closed_sign_up(world: World, settings: Settings) -> None:
    settings.SIGNUP_OPEN = False
    path = invited(world)
    client = Client(headers={"accept-language": "en"})
    assert "full_name" in client.get("/accounts/signup/", {"next": path}).content.decode()
    with organisation_scope(world.organisation.pk):
        Invitation.objects.update(expires_at=timezone.now())
    assert "full_name" not in client.get("/accounts/signup/", {"next": path}).content.decode()


def test_a_damaged_link_is_not_found(world: World) -> None:
    path = invited(world)
    for wrong in (path[:-3] + "xx/", path.replace("solvane", "solvane-twin"), path.replace("solvane", "nobody")):
        assert Client().get(wrong).status_code == 404


def test_an_admin_sends_again_and_withdraws(world: World) -> None:
    first = invited(world)
    client = world.client(world.admin)
    with organisation_scope(world.organisation.pk):
        pk = Invitation.objects.get().pk
    client.post(world.path(f"settings/invitations/{pk}/resend/"))
    assert len(mail.outbox) == 2
    assert "This invitation is over" in Client(headers={"accept-language": "en"}).get(first).content.decode()
    with organisation_scope(world.organisation.pk):
        newest = Invitation.objects.get(revoked_at=None).pk
    question = client.get(world.path(f"settings/invitations/{newest}/revoke/")).content.decode()
    assert "Withdraw the invitation of zoe@example.com?" in question
    client.post(world.path(f"settings/invitations/{newest}/revoke/"))
    with organisation_scope(world.organisation.pk):
        assert not Invitation.objects.filter(revoked_at=None).exists()


def test_an_invitation_survives_a_mail_server_that_is_down(world: World, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client = world.client(world.admin)
    page = client.post(world.path("settings/members/invite/"), {"email": ADDRESS, "role": "sales"}, follow=True)
    assert "is kept, but its e-mail could not be sent" in page.content.decode()
    with organisation_scope(world.organisation.pk):
        assert Invitation.objects.get().email == ADDRESS


@pytest.mark.parametrize("email", ["viewer@solvane.example", "no address", ""])
def test_an_address_that_cannot_be_invited_is_explained_beside_it(world: World, email: str) -> None:
    answer = world.client(world.admin).post(world.path("settings/members/invite/"), {"email": email, "role": "sales"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert mail.outbox == []
