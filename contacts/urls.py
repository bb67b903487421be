"""Pages of the room, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.views import companies, contacts, exports, imports

app_name = "contacts"
urlpatterns = [
    path("contacts/", contacts.contact_list, name="contact_list"),
    path("contacts/export.csv", contacts.contact_export, name="contact_export"),
    path("contacts/export/", exports.export_create, name="export_create"),
    path("exports/<int:pk>/", exports.export_detail, name="export_detail"),
    path("exports/<int:pk>/file/", exports.export_download, name="export_download"),
    path("contacts/new/", contacts.contact_create, name="contact_create"),
    path("contacts/<int:pk>/", contacts.contact_detail, name="contact_detail"),
    path("contacts/<int:pk>/panels/<slug:panel>/", contacts.contact_panel, name="contact_panel"),
    path("contacts/<int:pk>/edit/", contacts.contact_edit, name="contact_edit"),
    path("contacts/<int:pk>/stage/", contacts.contact_stage, name="contact_stage"),
    path("contacts/<int:pk>/opt-out/", contacts.contact_opt_out, name="contact_opt_out"),
    path("companies/", companies.company_list, name="company_list"),
    path("companies/new/", companies.company_create, name="company_create"),
    path("companies/export/", exports.company_export, name="company_export"),
    path("companies/<int:pk>/", companies.company_detail, name="company_detail"),
    path("companies/<int:pk>/panels/<slug:company_panel>/", companies.company_panel, name="company_panel"),
    path("companies/<int:pk>/edit/", companies.company_edit, name="company_edit"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_create, name="import_create"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/mapping/", imports.import_mapping, name="import_mapping"),
    path("imports/<int:pk>/read-again/", imports.import_read_again, name="import_read_again"),
    path("imports/<int:pk>/apply-mapping/", imports.import_apply_mapping, name="import_apply_mapping"),
    path("imports/<int:pk>/forget-mapping/", imports.import_forget_mapping, name="import_forget_mapping"),
    path("imports/<int:pk>/check/", imports.import_check, name="import_check"),
    path("imports/<int:pk>/start/", imports.import_start, name="import_start"),
    path("imports/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<int:pk>/rejects.csv", imports.import_rejects, name="import_rejects"),
    path(
        "imports/<int:pk>/rejects.xlsx",
        imports.import_rejects,
        {"file_format": "xlsx"},
        name="import_rejects_sheet",
    ),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:pk>/kept/", imports.import_kept, name="import_kept"),
]
