"""Pages of own fields, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.fields import views

app_name = "fields"
urlpatterns = [
    path("settings/fields/", views.field_list, name="field_list"),
    path("settings/fields/new/", views.field_create, name="field_create"),
    path("qualification/", views.qualification, name="qualification"),
    path("qualification/weights/", views.weights_edit, name="weights_edit"),
    path("settings/fields/<int:pk>/", views.field_edit, name="field_edit"),
    path("settings/fields/<int:pk>/archive/", views.field_archive, name="field_archive"),
    path("settings/fields/<int:pk>/restore/", views.field_restore, name="field_restore"),
    path("settings/fields/<int:pk>/move/", views.field_move, name="field_move"),
]
