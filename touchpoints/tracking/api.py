"""Routes of the API for tracking: who sent a form that somebody else's server received."""

from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict

from contacts.queries import get_contact
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, Text
from prm.organisations.rights import Right
from prm.work.errors import Invalid
from touchpoints.tracking.identity import identify

router = Router(tags=["tracking"])


class VisitorIn(Schema):
    """What the form's field `prm_visitor` held, or `prm.id()` on the page."""

    model_config = ConfigDict(extra="forbid")

    visitor: Text = Field(max_length=36)


@router.post(
    "/contacts/{int:contact_id}/visitor",
    auth=key_for(Right.INTERACTIONS_WRITE),
    response={202: None, 404: ErrorOut, 422: ErrorOut},
    summary="Join a visitor to a contact",
    url_name="contact_visitor",
)
def join_visitor(request: ApiRequest, contact_id: int, body: VisitorIn) -> Status[None]:
    """Let what a browser did on the tracked sites be this contact's, within a second.

    One that is somebody else's already begins anew with what follows.
    """
    contact = get_contact(request.organisation, contact_id)
    if not identify(request.organisation, browser=body.visitor, contact_id=contact.pk):
        raise Invalid(fields={"visitor": _("This is no visitor: send what the field prm_visitor holds.")})
    return Status(202, None)
