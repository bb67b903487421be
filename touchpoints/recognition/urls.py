"""Pages of recognition, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.recognition import views

app_name = "recognition"
urlpatterns = [
    path("touchpoints/recognition/", views.overview, name="overview"),
    path("touchpoints/recognition/try/", views.trial, name="trial"),
    path("touchpoints/recognition/homes/", views.homes_start, name="homes_start"),
    path("touchpoints/recognition/new/", views.rule_add, name="rule_add"),
    path("touchpoints/recognition/fitting/", views.fitting, name="fitting"),
    path("touchpoints/recognition/<int:pk>/", views.rule_edit, name="rule_edit"),
    path("touchpoints/recognition/<int:pk>/move/", views.rule_move, name="rule_move"),
    path("touchpoints/recognition/<int:pk>/delete/", views.rule_delete, name="rule_delete"),
]
