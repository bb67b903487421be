"""Settings of an organisation, relative to `/o/<slug>/`."""

from django.urls import path

from prm.organisations.views.api_keys import api_key_new, api_key_revoke, api_keys
from prm.organisations.views.audit import audit, audit_export
from prm.organisations.views.members import (
    invitation_resend,
    invitation_revoke,
    member_invite,
    member_remove,
    member_role,
    members,
)
from prm.organisations.views.settings import settings

app_name = "organisations"
urlpatterns = [
    path("settings/", settings, name="settings"),
    path("settings/members/", members, name="members"),
    path("settings/members/invite/", member_invite, name="member_invite"),
    path("settings/members/<int:pk>/role/", member_role, name="member_role"),
    path("settings/members/<int:pk>/remove/", member_remove, name="member_remove"),
    path("settings/invitations/<int:pk>/resend/", invitation_resend, name="invitation_resend"),
    path("settings/invitations/<int:pk>/revoke/", invitation_revoke, name="invitation_revoke"),
    path("settings/api-keys/", api_keys, name="api_keys"),
    path("settings/api-keys/new/", api_key_new, name="api_key_new"),
    path("settings/api-keys/<int:pk>/revoke/", api_key_revoke, name="api_key_revoke"),
    path("settings/audit/", audit, name="audit"),
    path("settings/audit/export/", audit_export, name="audit_export"),
]
