"""Pages of segments, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.segments import views

app_name = "segments"
urlpatterns = [
    path("segments/", views.segment_list, name="segment_list"),
    path("segments/new/", views.segment_create, name="segment_create"),
    path("segments/count/", views.segment_count, name="segment_count"),
    path("segments/<int:pk>/", views.segment_detail, name="segment_detail"),
    path("segments/<int:pk>/edit/", views.segment_edit, name="segment_edit"),
    path("segments/<int:pk>/duplicate/", views.segment_duplicate, name="segment_duplicate"),
    path("segments/<int:pk>/archive/", views.segment_archive, name="segment_archive"),
    path("segments/<int:pk>/restore/", views.segment_restore, name="segment_restore"),
    path("segments/<int:pk>/delete/", views.segment_delete, name="segment_delete"),
]
