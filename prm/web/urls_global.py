"""What a person chooses for themselves, whatever the organisation."""

from django.urls import path

from prm.web import views

app_name = "preferences"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("theme/", views.theme, name="theme"),
    path("language/", views.language, name="language"),
    path("organisations/", views.organisations, name="organisations"),
    path("sessions/<int:pk>/end/", views.session_end, name="session_end"),
]
