"""Pages of actions on many contacts, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.bulk import views

app_name = "bulk"
urlpatterns = [
    path("contacts/selection/", views.selection_count, name="selection_count"),
    path("contacts/bulk/", views.run_list, name="run_list"),
    path("contacts/bulk/<int:pk>/", views.run_detail, name="run_detail"),
    path("contacts/bulk/<int:pk>/undo/", views.run_undo, name="run_undo"),
    path("contacts/bulk/<slug:action>/", views.bulk_act, name="bulk_act"),
]
