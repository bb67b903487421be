"""Pages of personas, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.personas import views

app_name = "personas"
urlpatterns = [
    path("personas/", views.persona_list, name="persona_list"),
    path("personas/new/", views.persona_create, name="persona_create"),
    path("personas/<int:pk>/", views.persona_detail, name="persona_detail"),
    path("personas/<int:pk>/edit/", views.persona_edit, name="persona_edit"),
    path("personas/<int:pk>/move/", views.persona_move, name="persona_move"),
    path("personas/<int:pk>/delete/", views.persona_delete, name="persona_delete"),
]
