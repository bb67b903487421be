"""What websites that are tracked load and send to, without signing in."""

from django.urls import path

from touchpoints.tracking import public

app_name = "tracking_public"
urlpatterns = [
    path("t.js", public.script, name="script"),
    path("t", public.hit, name="hit"),
]
