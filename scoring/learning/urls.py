"""Pages of learning, relative to `/o/<slug>/`."""

from django.urls import path

from scoring.learning import views

app_name = "learning"
urlpatterns = [
    path("scoring/learning/", views.learning, name="learning"),
    path("scoring/learning/start/", views.learning_start, name="learning_start"),
    path("scoring/learning/<int:pk>/take-over/", views.learning_take_over, name="learning_take_over"),
]
