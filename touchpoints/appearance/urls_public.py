"""Pictures and colours, for everybody."""

from django.urls import path

from touchpoints.appearance import public

app_name = "appearance_public"
urlpatterns = [
    path("<int:organisation_id>/<slug:digest>.<slug:_ending>", public.picture, name="picture"),
    path("colour/<slug:digits>.css", public.colour, name="colour"),
]
