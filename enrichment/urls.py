"""Pages of the room, relative to `/o/<slug>/`."""

from django.urls import URLPattern

app_name = "enrichment"
urlpatterns: list[URLPattern] = []
