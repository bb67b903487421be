"""Pages of surveys, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.surveys import views

app_name = "surveys"
urlpatterns = [
    path("touchpoints/surveys/", views.survey_list, name="survey_list"),
    path("touchpoints/surveys/new/", views.survey_add, name="survey_add"),
    path("touchpoints/surveys/<int:pk>/", views.survey_detail, name="survey_detail"),
    path("touchpoints/surveys/<int:pk>/edit/", views.survey_edit, name="survey_edit"),
    path("touchpoints/surveys/<int:pk>/close/", views.survey_close, name="survey_close"),
    path("touchpoints/surveys/<int:pk>/open/", views.survey_open, name="survey_open"),
]
