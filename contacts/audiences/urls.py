"""Pages of audiences, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.audiences import views

app_name = "audiences"
urlpatterns = [
    path("audiences/", views.audience_list, name="audience_list"),
    path("audiences/new/", views.audience_add, name="audience_add"),
    path("audiences/<int:pk>/", views.audience_detail, name="audience_detail"),
    path("audiences/<int:pk>/edit/", views.audience_edit, name="audience_edit"),
    path("audiences/<int:pk>/archive/", views.audience_archive, name="audience_archive"),
    path("audiences/<int:pk>/restore/", views.audience_restore, name="audience_restore"),
    path("audiences/<int:pk>/file/", views.file_make, name="file_make"),
    path("audiences/files/<int:pk>/", views.file_download, name="file_download"),
]
