"""Pages of partner files, relative to `/o/<slug>/`."""

from django.urls import URLPattern, path

from enrichment.partners import views

app_name = "partners"
urlpatterns: list[URLPattern] = [
    path("enrichment/files/", views.file_list, name="file_list"),
    path("enrichment/files/new/", views.file_create, name="file_create"),
    path("enrichment/files/<int:pk>/", views.file_detail, name="file_detail"),
    path("enrichment/files/<int:pk>/columns/", views.file_mapping, name="file_mapping"),
    path("enrichment/files/<int:pk>/read-again/", views.file_read_again, name="file_read_again"),
    path("enrichment/files/<int:pk>/check/", views.file_check, name="file_check"),
    path("enrichment/files/<int:pk>/start/", views.file_start, name="file_start"),
    path("enrichment/files/<int:pk>/discard/", views.file_discard, name="file_discard"),
    path("enrichment/files/<int:pk>/undo/", views.file_undo, name="file_undo"),
    path("enrichment/files/<int:pk>/rejects.csv", views.file_rejects, name="file_rejects"),
    path(
        "enrichment/files/<int:pk>/rejects.xlsx", views.file_rejects, {"file_format": "xlsx"}, name="file_rejects_sheet"
    ),
    path("enrichment/lines/<int:pk>/choose/", views.line_choose, name="line_choose"),
]
