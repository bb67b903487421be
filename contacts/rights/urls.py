"""Pages of people's rights, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.rights import retention_views, views

app_name = "rights"
urlpatterns = [
    path("contacts/<int:pk>/erase/", views.contact_erase, name="contact_erase"),
    path("contacts/<int:pk>/held/", views.contact_hand_out, name="contact_hand_out"),
    path("rights/", views.request_list, name="request_list"),
    path("rights/new/", views.request_create, name="request_create"),
    path("rights/<int:pk>/", views.request_detail, name="request_detail"),
    path("rights/<int:pk>/finish/", views.request_finish, name="request_finish"),
    path("rights/retention/", retention_views.retention_detail, name="retention_detail"),
    path("rights/retention/settings/", retention_views.retention_edit, name="retention_edit"),
    path("rights/retention/erase/", retention_views.retention_erase, name="retention_erase"),
]
