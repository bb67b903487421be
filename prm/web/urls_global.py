"""Pages of the room."""

from django.urls import URLPattern

app_name = "preferences"
urlpatterns: list[URLPattern] = []
