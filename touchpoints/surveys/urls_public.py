"""Where people answer, without signing in."""

from django.urls import path

from touchpoints.surveys import public

app_name = "surveys_public"
urlpatterns = [
    path("m/<str:token>/", public.personal, name="personal"),
    path("<str:_address>.js", public.script, name="script"),
    path("<str:address>/", public.survey, name="survey"),
    path("<str:address>/frame/", public.frame, name="frame"),
    path("<str:address>/thanks/<str:answered>/", public.thanks, name="thanks"),
]
