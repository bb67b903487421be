"""Pages about lists, relative to `/o/<slug>/`."""

from django.urls import path

from prm.lists import views

app_name = "lists"
urlpatterns = [
    path("lists/<str:list_key>/columns/", views.columns_choose, name="columns_choose"),
    path("lists/<str:list_key>/views/new/", views.view_create, name="view_create"),
    path("views/<int:pk>/edit/", views.view_edit, name="view_edit"),
    path("views/<int:pk>/save/", views.view_save, name="view_save"),
    path("views/<int:pk>/delete/", views.view_delete, name="view_delete"),
    path("views/<int:pk>/restore/", views.view_restore, name="view_restore"),
]
