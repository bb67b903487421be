"""Where people fill in forms, without signing in; `<form>` is tokens.address_of."""

from django.urls import path

from touchpoints.lead_forms import public

app_name = "lead_forms_public"
urlpatterns = [
    path("<str:_address>.js", public.script, name="script"),
    path("<str:address>/", public.page, name="page"),
    path("<str:address>/frame/", public.frame, name="frame"),
    path("<str:address>/part/", public.part, name="part"),
    path("<str:address>/colour.css", public.colour, name="colour"),
    path("<str:address>/thanks/<str:sent>/", public.thanks, name="thanks"),
    path("<str:address>/file/<str:sent>/", public.file, name="file"),
]
