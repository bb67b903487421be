"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from contacts.api import router as contacts_api
from contacts.company_api import router as companies_api
from contacts.consent.api import router as consent_api
from contacts.doubles.api import router as doubles_api
from contacts.fields.api import router as fields_api
from contacts.personas.api import router as personas_api
from contacts.rights.api import router as rights_api
from contacts.segments.api import router as segments_api
from contacts.tagging.api import router as tags_api
from prm.api.api import api
from prm.health import router as health_api
from prm.web import sink
from scoring.api import router as scoring_api
from scoring.handoffs.api import router as handoffs_api
from scoring.learning.api import router as learning_api
from scoring.model_api import router as model_api
from scoring.twins.api import router as twins_api
from touchpoints.actions.api import router as actions_api
from touchpoints.api import router as touchpoints_api
from touchpoints.tracking.api import router as tracking_api

handler400 = "prm.web.errors.bad_request"
handler404 = "prm.web.errors.not_found"
handler403 = "prm.web.errors.forbidden"
handler500 = "prm.web.errors.server_error"

for router in (
    health_api,
    contacts_api,
    doubles_api,
    consent_api,
    rights_api,
    fields_api,
    tags_api,
    segments_api,
    personas_api,
    companies_api,
    touchpoints_api,
    tracking_api,
    actions_api,
    scoring_api,
    handoffs_api,
    model_api,
    learning_api,
    twins_api,
):
    api.add_router("", router)

ORGANISATION = "o/<slug:organisation_slug>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("prm.organisations.urls_global")),
    path("preferences/", include("prm.web.urls_global")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("u/", include("nurturing.urls_public")),
    path("p/", include("contacts.consent.urls_public")),
    path("", include("touchpoints.tracking.urls_public")),
    path("q/", include("touchpoints.surveys.urls_public")),
    path("f/", include("touchpoints.lead_forms.urls_public")),
    path("l/", include("touchpoints.landing_pages.urls_public")),
    path("i/", include("touchpoints.appearance.urls_public")),
    path("c/", include("touchpoints.contents.urls_public")),
    path("mail/", sink.sink_list, name="sink_list"),
    path("mail/<str:name>/", sink.sink_message, name="sink_message"),
    path(ORGANISATION, include("steering.urls")),
    path(ORGANISATION, include("contacts.urls")),
    path(ORGANISATION, include("contacts.segments.urls")),
    path(ORGANISATION, include("contacts.personas.urls")),
    path(ORGANISATION, include("contacts.structure.urls")),
    path(ORGANISATION, include("contacts.doubles.urls")),
    path(ORGANISATION, include("contacts.consent.urls")),
    path(ORGANISATION, include("contacts.fields.urls")),
    path(ORGANISATION, include("contacts.tagging.urls")),
    path(ORGANISATION, include("contacts.rights.urls")),
    path(ORGANISATION, include("contacts.bulk.urls")),
    path(ORGANISATION, include("contacts.audiences.urls")),
    path(ORGANISATION, include("touchpoints.urls")),
    path(ORGANISATION, include("touchpoints.ratings.urls")),
    path(ORGANISATION, include("touchpoints.actions.urls")),
    path(ORGANISATION, include("touchpoints.recognition.urls")),
    path(ORGANISATION, include("touchpoints.attribution.urls")),
    path(ORGANISATION, include("touchpoints.tracking.urls")),
    path(ORGANISATION, include("touchpoints.surveys.urls")),
    path(ORGANISATION, include("touchpoints.lead_forms.urls")),
    path(ORGANISATION, include("touchpoints.landing_pages.urls")),
    path(ORGANISATION, include("touchpoints.appearance.urls")),
    path(ORGANISATION, include("touchpoints.interests.urls")),
    path(ORGANISATION, include("touchpoints.contents.urls")),
    path(ORGANISATION, include("touchpoints.slots.urls")),
    path(ORGANISATION, include("scoring.urls")),
    path(ORGANISATION, include("scoring.simulation.urls")),
    path(ORGANISATION, include("scoring.learning.urls")),
    path(ORGANISATION, include("scoring.handoffs.urls")),
    path(ORGANISATION, include("scoring.twins.urls")),
    path(ORGANISATION, include("nurturing.urls")),
    path(ORGANISATION, include("enrichment.urls")),
    path(ORGANISATION, include("enrichment.partners.urls")),
    path(ORGANISATION, include("enrichment.proofs.urls")),
    path(ORGANISATION, include("prm.organisations.urls")),
    path(ORGANISATION, include("prm.webhooks.urls")),
    path(ORGANISATION, include("prm.lists.urls")),
    path(ORGANISATION, include("prm.web.urls")),
]
