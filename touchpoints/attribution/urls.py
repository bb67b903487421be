"""Pages of observed importance, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.attribution import views

app_name = "attribution"
urlpatterns = [
    path("touchpoints/observed/", views.report, name="report"),
    path("touchpoints/observed/start/", views.start, name="start"),
]
