"""Pages of the room, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.views import companies, contacts, imports

app_name = "contacts"
urlpatterns = [
    path("contacts/", contacts.contact_list, name="contact_list"),
    path("contacts/export.csv", contacts.contact_export, name="contact_export"),
    path("contacts/new/", contacts.contact_create, name="contact_create"),
    path("contacts/bulk/<slug:action>/", contacts.contact_bulk, name="contact_bulk"),
    path("contacts/<int:pk>/", contacts.contact_detail, name="contact_detail"),
    path("contacts/<int:pk>/panels/<slug:panel>/", contacts.contact_panel, name="contact_panel"),
    path("contacts/<int:pk>/edit/", contacts.contact_edit, name="contact_edit"),
    path("contacts/<int:pk>/stage/", contacts.contact_stage, name="contact_stage"),
    path("contacts/<int:pk>/opt-out/", contacts.contact_opt_out, name="contact_opt_out"),
    path("companies/", companies.company_list, name="company_list"),
    path("companies/<int:pk>/", companies.company_detail, name="company_detail"),
    path("companies/<int:pk>/edit/", companies.company_edit, name="company_edit"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_create, name="import_create"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/mapping/", imports.import_mapping, name="import_mapping"),
    path("imports/<int:pk>/read-again/", imports.import_read_again, name="import_read_again"),
    path("imports/<int:pk>/check/", imports.import_check, name="import_check"),
    path("imports/<int:pk>/start/", imports.import_start, name="import_start"),
    path("imports/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<int:pk>/rejects.csv", imports.import_rejects, name="import_rejects"),
]
