"""Pages of groups, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.structure import views

app_name = "structure"
urlpatterns = [path("companies/<int:pk>/group/", views.group_edit, name="group_edit")]
