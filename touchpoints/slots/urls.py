"""Pages of slots, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.slots.views import slots, variants

app_name = "slots"
urlpatterns = [
    path("slots/", slots.slot_list, name="slot_list"),
    path("slots/new/", slots.slot_add, name="slot_add"),
    path("slots/<int:pk>/", slots.slot_detail, name="slot_detail"),
    path("slots/<int:pk>/edit/", slots.slot_edit, name="slot_edit"),
    path("slots/<int:pk>/publish/", slots.slot_publish, name="slot_publish"),
    path("slots/<int:pk>/pause/", slots.slot_pause, name="slot_pause"),
    path("slots/<int:pk>/archive/", slots.slot_archive, name="slot_archive"),
    path("slots/<int:pk>/restore/", slots.slot_restore, name="slot_restore"),
    path("slots/<int:pk>/try/", variants.slot_try, name="slot_try"),
    path("slots/<int:pk>/preview/", variants.variant_preview, name="variant_preview"),
    path("slots/<int:pk>/variants/new/", variants.variant_add, name="variant_add"),
    path("slots/<int:pk>/variants/<slug:variant>/", variants.variant_edit, name="variant_edit"),
    path("slots/<int:pk>/variants/<slug:variant>/move/", variants.variant_move, name="variant_move"),
    path("slots/<int:pk>/variants/<slug:variant>/remove/", variants.variant_remove, name="variant_remove"),
]
