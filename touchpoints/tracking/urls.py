"""Pages of tracking, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.tracking import views

app_name = "tracking"
urlpatterns = [
    path("tracking/", views.overview, name="overview"),
    path("tracking/live/", views.live, name="live"),
    path("tracking/sources/", views.sources, name="sources"),
    path("tracking/companies/", views.networks, name="networks"),
    path("tracking/visits/<int:pk>/correct/", views.visit_correct, name="visit_correct"),
    path("tracking/visitors/<int:pk>/", views.visitor_detail, name="visitor_detail"),
    path("tracking/visitors/<int:pk>/confirm/", views.visitor_confirm, name="visitor_confirm"),
    path("tracking/visitors/<int:pk>/detach/", views.visitor_detach, name="visitor_detach"),
    path("tracking/sites/", views.site_list, name="site_list"),
    path("tracking/sites/new/", views.site_add, name="site_add"),
    path("tracking/sites/<int:pk>/", views.site_detail, name="site_detail"),
    path("tracking/sites/<int:pk>/edit/", views.site_edit, name="site_edit"),
    path("tracking/sites/<int:pk>/secret/", views.site_secret, name="site_secret"),
    path("tracking/sites/<int:pk>/delete/", views.site_delete, name="site_delete"),
]
