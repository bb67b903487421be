"""Pages of the room, relative to `/o/<slug>/`."""

from django.urls import path

from nurturing.views import people, scenarios, steps

app_name = "nurturing"
urlpatterns = [
    path("scenarios/", scenarios.scenario_list, name="scenario_list"),
    path("scenarios/new/", scenarios.scenario_create, name="scenario_create"),
    path("scenarios/<int:pk>/", scenarios.scenario_detail, name="scenario_detail"),
    path("scenarios/<int:pk>/edit/", scenarios.scenario_edit, name="scenario_edit"),
    path("scenarios/<int:pk>/activate/", scenarios.scenario_activate, name="scenario_activate"),
    path("scenarios/<int:pk>/pause/", scenarios.scenario_pause, name="scenario_pause"),
    path("scenarios/<int:pk>/archive/", scenarios.scenario_archive, name="scenario_archive"),
    path("scenarios/<int:pk>/steps/add/", steps.step_add, name="step_add"),
    path("scenarios/steps/<int:pk>/", steps.step_edit, name="step_edit"),
    path("scenarios/steps/<int:pk>/up/", steps.step_up, name="step_up"),
    path("scenarios/steps/<int:pk>/down/", steps.step_down, name="step_down"),
    path("scenarios/steps/<int:pk>/delete/", steps.step_delete, name="step_delete"),
    path("scenarios/steps/<int:pk>/preview/", steps.step_preview, name="step_preview"),
    path("scenarios/steps/<int:pk>/test/", steps.step_test, name="step_test"),
    path("scenarios/contacts/<int:pk>/", people.contact_enrol, name="contact_enrol"),
    path("scenarios/enrolments/<int:pk>/leave/", people.enrolment_leave, name="enrolment_leave"),
    path("messages/", people.delivery_list, name="delivery_list"),
    path("messages/<int:pk>/resolve/", people.delivery_resolve, name="delivery_resolve"),
]
