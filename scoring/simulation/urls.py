"""Pages of the simulation, relative to `/o/<slug>/`."""

from django.urls import path

from scoring.simulation import views

app_name = "simulation"
urlpatterns = [
    path("scoring/draft/simulation/", views.simulation, name="simulation"),
    path("scoring/draft/simulation/start/", views.simulation_start, name="simulation_start"),
    path("scoring/draft/simulation/people/", views.simulation_people, name="simulation_people"),
]
