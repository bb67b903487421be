"""Pages of twins, relative to `/o/<slug>/`."""

from django.urls import path

from scoring.twins import views

app_name = "twins"
urlpatterns = [
    path("contacts/<int:pk>/twins/", views.twins, name="twins"),
    path("contacts/<int:pk>/twins/brief/", views.twins_brief, name="twins_brief"),
]
