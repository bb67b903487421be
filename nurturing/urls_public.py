"""Pages reached from messages, without signing in."""

from django.urls import URLPattern

app_name = "nurturing_public"
urlpatterns: list[URLPattern] = []
