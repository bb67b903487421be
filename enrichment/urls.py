"""Pages of the room, relative to `/o/<slug>/`."""

from django.urls import URLPattern, path

from enrichment import coverage_views, finding, ip_views, matching_views, views
from enrichment.automatic import views as automatic_views
from enrichment.domains import views as domain_views
from enrichment.sources import views as source_views
from enrichment.vat import views as vat_views

app_name = "enrichment"
urlpatterns: list[URLPattern] = [
    path("enrichment/", views.lookup_list, name="lookup_list"),
    path("enrichment/estimate/", views.bulk_estimate, name="bulk_estimate"),
    path("enrichment/start/", views.bulk_start, name="bulk_start"),
    path("enrichment/matching/", matching_views.matching_edit, name="matching_edit"),
    path("enrichment/addresses/", ip_views.address_try, name="address_try"),
    path("enrichment/domains/", domain_views.domain_list, name="domain_list"),
    path("enrichment/domains/link/", domain_views.domain_link, name="domain_link"),
    path("enrichment/domains/<int:pk>/undo/", domain_views.domain_unlink, name="domain_unlink"),
    path("enrichment/contacts/<int:pk>/company/", domain_views.contact_link, name="contact_link"),
    path("enrichment/contacts/<int:pk>/company/undo/", domain_views.contact_unlink, name="contact_unlink"),
    path("enrichment/coverage/", coverage_views.coverage_page, name="coverage"),
    path("enrichment/coverage.csv", coverage_views.coverage_file, name="coverage_file"),
    path("enrichment/find/", finding.company_find, name="company_find"),
    path("enrichment/find/add/", finding.company_add, name="company_add"),
    path("enrichment/find/<int:pk>/take-back/", finding.company_take_back, name="company_take_back"),
    path("enrichment/find/<str:excluded>/open/", finding.exception_open, name="exception_open"),
    path("enrichment/find/<str:excluded>/close/", finding.exception_close, name="exception_close"),
    path("enrichment/<int:pk>/", views.lookup_detail, name="lookup_detail"),
    path("enrichment/<int:pk>/choose/", views.lookup_choose, name="lookup_choose"),
    path("enrichment/<int:pk>/dismiss/", views.lookup_dismiss, name="lookup_dismiss"),
    path("enrichment/<int:pk>/retry/", views.lookup_retry, name="lookup_retry"),
    path("enrichment/<int:pk>/undo/", views.lookup_undo, name="lookup_undo"),
    path("enrichment/companies/<int:pk>/", views.company_enrich, name="company_enrich"),
    path("enrichment/automatic/", automatic_views.automatic_edit, name="automatic_edit"),
    path("enrichment/automatic/panel/", automatic_views.automatic_panel, name="automatic_panel"),
    path("settings/sources/", source_views.source_list, name="source_list"),
    path("settings/sources/<str:source>/", source_views.source_edit, name="source_edit"),
    path("settings/sources/<str:source>/forget-key/", source_views.source_key_forget, name="source_key_forget"),
    path("settings/sources/<str:source>/move/", source_views.source_move, name="source_move"),
    path("settings/sources/<str:source>/test/", source_views.source_test, name="source_test"),
    path("enrichment/companies/<int:pk>/panel/", views.company_panel_part, name="company_panel"),
    path("enrichment/companies/<int:pk>/vat/", vat_views.vat_check, name="vat_check"),
    path("enrichment/companies/<int:pk>/vat/panel/", vat_views.vat_panel_part, name="vat_panel"),
]
