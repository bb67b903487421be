"""Pages of doubles, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.doubles import views

app_name = "doubles"
urlpatterns = [
    path("doubles/", views.pair_list, name="pair_list"),
    path("doubles/not-the-same/", views.pair_dismiss, name="pair_dismiss"),
    path("doubles/find/", views.find_start, name="find_start"),
    path("doubles/setting/", views.watch_edit, name="watch_edit"),
    path("doubles/merge/", views.merge_create, name="merge_create"),
    path("doubles/merges/<int:pk>/", views.merge_detail, name="merge_detail"),
    path("doubles/merges/<int:pk>/undo/", views.merge_undo, name="merge_undo"),
]
