"""Pages of webhooks, relative to `/o/<slug>/`."""

from django.urls import path

from prm.webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("settings/webhooks/", views.webhook_list, name="webhook_list"),
    path("settings/webhooks/new/", views.webhook_add, name="webhook_add"),
    path("settings/webhooks/<int:pk>/", views.webhook_detail, name="webhook_detail"),
    path("settings/webhooks/<int:pk>/try/", views.webhook_try, name="webhook_try"),
    path("settings/webhooks/<int:pk>/delete/", views.webhook_delete, name="webhook_delete"),
    path("settings/webhooks/messages/<int:pk>/again/", views.message_again, name="message_again"),
]
