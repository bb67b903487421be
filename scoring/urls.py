"""Pages of the room, relative to `/o/<slug>/`."""

from django.urls import path

from scoring.views import model

app_name = "scoring"
urlpatterns = [
    path("scoring/", model.model, name="model"),
    path("scoring/draft/", model.draft_create, name="draft_create"),
    path("scoring/draft/discard/", model.draft_discard, name="draft_discard"),
    path("scoring/draft/thresholds/", model.draft_thresholds, name="draft_thresholds"),
    path("scoring/draft/publish/", model.draft_publish, name="draft_publish"),
    path("scoring/rules/new/<slug:axis>/", model.rule_create, name="rule_create"),
    path("scoring/rules/<int:pk>/", model.rule_edit, name="rule_edit"),
    path("scoring/rules/<int:pk>/switch/", model.rule_switch, name="rule_switch"),
    path("scoring/rules/<int:pk>/delete/", model.rule_delete, name="rule_delete"),
]
