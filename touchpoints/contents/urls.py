"""Pages of contents, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.contents.views import contents, library

app_name = "contents"
urlpatterns = [
    path("contents/", library.content_list, name="content_list"),
    path("contents/coverage/", library.coverage, name="coverage"),
    path("contents/export/", library.content_export, name="content_export"),
    path("contents/new/", contents.content_add, name="content_add"),
    path("contents/<int:pk>/", contents.content_detail, name="content_detail"),
    path("contents/<int:pk>/edit/", contents.content_edit, name="content_edit"),
    path("contents/<int:pk>/archive/", contents.content_archive, name="content_archive"),
    path("contents/<int:pk>/restore/", contents.content_restore, name="content_restore"),
]
