"""Pages of themes, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.interests import views

app_name = "interests"
urlpatterns = [
    path("contents/themes/", views.theme_list, name="theme_list"),
    path("contents/themes/new/", views.theme_add, name="theme_add"),
    path("contents/themes/try/", views.trial, name="trial"),
    path("contents/themes/fitting/", views.fitting, name="fitting"),
    path("contents/themes/fading/", views.fading, name="fading"),
    path("contents/themes/<int:pk>/", views.theme_detail, name="theme_detail"),
    path("contents/themes/<int:pk>/edit/", views.theme_edit, name="theme_edit"),
    path("contents/themes/<int:pk>/delete/", views.theme_delete, name="theme_delete"),
    path("contents/themes/<int:pk>/rules/", views.rule_add, name="rule_add"),
    path("contents/themes/rules/<int:pk>/remove/", views.rule_remove, name="rule_remove"),
]
