"""Pages of the room, relative to `/o/<slug>/`."""

from django.urls import URLPattern

app_name = "steering"
urlpatterns: list[URLPattern] = []
