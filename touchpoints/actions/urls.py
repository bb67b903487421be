"""Pages of enrichment actions, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.actions import views

app_name = "actions"
urlpatterns = [
    path("touchpoints/actions/", views.board, name="board"),
    path("touchpoints/actions/new/", views.action_add, name="action_add"),
    path("touchpoints/actions/<int:pk>/", views.action_detail, name="action_detail"),
    path("touchpoints/actions/<int:pk>/edit/", views.action_edit, name="action_edit"),
    path("touchpoints/actions/<int:pk>/move/", views.action_move, name="action_move"),
    path("touchpoints/actions/<int:pk>/delete/", views.action_delete, name="action_delete"),
    path("touchpoints/actions/<int:pk>/restore/", views.action_restore, name="action_restore"),
]
