"""Home and guide, relative to `/o/<slug>/`."""

from django.urls import path

from steering import views

app_name = "steering"
urlpatterns = [
    path("", views.home, name="home"),
    path("guide/", views.guide, name="guide"),
]
