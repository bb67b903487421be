"""Where people read contents, without signing in; `<address>` is tokens.address_of."""

from django.urls import path

from touchpoints.contents import public

app_name = "contents_public"
urlpatterns = [path("<str:address>/", public.page, name="page")]
