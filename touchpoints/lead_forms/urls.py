"""Pages of forms, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.lead_forms.views import building, forms, submissions

app_name = "lead_forms"
urlpatterns = [
    path("forms/", forms.form_list, name="form_list"),
    path("forms/new/", forms.form_add, name="form_add"),
    path("forms/<int:pk>/", building.form_detail, name="form_detail"),
    path("forms/<int:pk>/preview/", building.form_preview, name="form_preview"),
    path("forms/<int:pk>/colour.css", building.form_colour, name="form_colour"),
    path("forms/<int:pk>/page/", building.form_page, name="form_page"),
    path("forms/<int:pk>/after/", building.form_after, name="form_after"),
    path("forms/<int:pk>/elements/new/", building.element_add, name="element_add"),
    path("forms/<int:pk>/elements/<slug:element>/", building.element_edit, name="element_edit"),
    path("forms/<int:pk>/elements/<slug:element>/move/", building.element_move, name="element_move"),
    path("forms/<int:pk>/elements/<slug:element>/remove/", building.element_remove, name="element_remove"),
    path("forms/<int:pk>/share/", forms.form_share, name="form_share"),
    path("forms/<int:pk>/publish/", forms.form_publish, name="form_publish"),
    path("forms/<int:pk>/close/", forms.form_close, name="form_close"),
    path("forms/<int:pk>/archive/", forms.form_archive, name="form_archive"),
    path("forms/<int:pk>/restore/", forms.form_restore, name="form_restore"),
    path("forms/<int:pk>/duplicate/", forms.form_duplicate, name="form_duplicate"),
    path("forms/<int:pk>/submissions/", submissions.submission_list, name="submission_list"),
    path("forms/<int:pk>/submissions/export/", submissions.submission_export, name="submission_export"),
    path("forms/submissions/<int:pk>/", submissions.submission_detail, name="submission_detail"),
    path("forms/submissions/<int:pk>/accept/", submissions.submission_accept, name="submission_accept"),
    path("forms/submissions/<int:pk>/refuse/", submissions.submission_refuse, name="submission_refuse"),
]
