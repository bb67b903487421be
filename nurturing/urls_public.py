"""Pages reached from messages, without signing in."""

from django.urls import path

from nurturing.views import public

app_name = "nurturing_public"
urlpatterns = [
    path("<str:token>/", public.unsubscribe, name="unsubscribe"),
]
