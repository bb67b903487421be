"""The page of the organisation's look, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.appearance import views

app_name = "appearance"
urlpatterns = [
    path("settings/appearance/", views.appearance, name="appearance"),
    path("settings/appearance/colour.css", views.appearance_style, name="appearance_style"),
]
