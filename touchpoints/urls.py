"""Pages of touchpoints and interactions, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.views import files, inventory, kinds, matrix, timeline

app_name = "touchpoints"
urlpatterns = [
    path("touchpoints/", inventory.touchpoint_list, name="touchpoint_list"),
    path("touchpoints/matrix/", matrix.matrix, name="matrix"),
    path("touchpoints/new/", inventory.touchpoint_add, name="touchpoint_add"),
    path("touchpoints/export/", files.inventory_export, name="inventory_export"),
    path("touchpoints/import/", files.inventory_import, name="inventory_import"),
    path("touchpoints/usual/", inventory.starting_set, name="starting_set"),
    path("touchpoints/<int:pk>/", inventory.touchpoint_detail, name="touchpoint_detail"),
    path("touchpoints/<int:pk>/panels/<slug:touchpoint_panel>/", inventory.touchpoint_panel, name="touchpoint_panel"),
    path("touchpoints/<int:pk>/edit/", inventory.touchpoint_edit, name="touchpoint_edit"),
    path("touchpoints/<int:pk>/archive/", inventory.touchpoint_archive, name="touchpoint_archive"),
    path("touchpoints/<int:pk>/merge/", inventory.touchpoint_merge, name="touchpoint_merge"),
    path("touchpoints/<int:pk>/restore/", inventory.touchpoint_restore, name="touchpoint_restore"),
    path("settings/kinds/", kinds.kind_list, name="kind_list"),
    path("settings/kinds/new/", kinds.kind_add, name="kind_add"),
    path("companies/<int:company_id>/timeline/", timeline.company_timeline, name="company_timeline"),
    path("contacts/<int:contact_id>/timeline/", timeline.contact_timeline, name="contact_timeline"),
    path("contacts/<int:contact_id>/interactions/new/", timeline.interaction_add, name="interaction_add"),
]
