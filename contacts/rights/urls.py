"""Pages of people's rights, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.rights import views

app_name = "rights"
urlpatterns = [
    path("contacts/<int:pk>/erase/", views.contact_erase, name="contact_erase"),
]
