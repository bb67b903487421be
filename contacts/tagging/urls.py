"""Pages of tags, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.tagging import views

app_name = "tagging"
urlpatterns = [
    path("contacts/tags/", views.tag_list, name="tag_list"),
    path("contacts/tags/suggest/", views.tag_suggest, name="tag_suggest"),
    path("contacts/tags/<int:pk>/rename/", views.tag_rename, name="tag_rename"),
    path("contacts/tags/<int:pk>/merge/", views.tag_merge, name="tag_merge"),
    path("contacts/tags/<int:pk>/delete/", views.tag_delete, name="tag_delete"),
    path("contacts/<int:pk>/tags/", views.contact_tag, name="contact_tag"),
    path("contacts/<int:pk>/tags/<int:tag_pk>/remove/", views.contact_untag, name="contact_untag"),
]
