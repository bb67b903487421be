"""Pages of an organisation that belong to no app: search and the progress of long work."""

from django.urls import path

from prm.web import views

app_name = "web"
urlpatterns = [
    path("find/", views.find, name="find"),
    path("components/", views.gallery, name="gallery"),
    path("jobs/", views.job_list, name="job_list"),
    path("jobs/card/", views.job_card, name="job_card"),
    path("jobs/<int:pk>/", views.job_progress, name="job"),
    path("jobs/<int:pk>/stop/", views.job_stop, name="job_stop"),
    path("jobs/<int:pk>/resume/", views.job_resume, name="job_resume"),
]
