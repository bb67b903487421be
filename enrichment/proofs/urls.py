"""Pages of proofs, relative to `/o/<slug>/`."""

from django.urls import URLPattern, path

from enrichment.proofs import views, winning_views

app_name = "proofs"
urlpatterns: list[URLPattern] = [
    path("enrichment/winning/", winning_views.winning_edit, name="winning_edit"),
    path("enrichment/proposals/", views.proposal_list, name="proposal_list"),
    path("enrichment/proposals/accept/", views.proposals_accept, name="proposals_accept"),
    path("enrichment/proposals/<int:pk>/accept/", views.proposal_accept, name="proposal_accept"),
    path("enrichment/proposals/<int:pk>/decline/", views.proposal_decline, name="proposal_decline"),
    path("enrichment/proposals/jobs/<int:pk>/undo/", views.proposals_undo, name="proposals_undo"),
    path("enrichment/companies/<int:pk>/history/", views.revision_list, name="revision_list"),
    path("enrichment/history/<int:pk>/undo/", views.revision_undo, name="revision_undo"),
]
