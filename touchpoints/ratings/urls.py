"""Pages of ratings, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.ratings import views

app_name = "ratings"
urlpatterns = [
    path("touchpoints/<int:pk>/rate/", views.touchpoint_rate, name="touchpoint_rate"),
    path("touchpoints/<int:pk>/rate/<slug:aspect>/", views.rating_set, name="rating_set"),
    path("touchpoints/<int:pk>/ratings/<int:rating_id>/remove/", views.rating_remove, name="rating_remove"),
]
