"""Pages of the room, relative to `/o/<slug>/`."""

from django.urls import path

from scoring.views import queue

app_name = "scoring"
urlpatterns = [
    path("queue/", queue.queue_page, name="queue"),
    path("queue/<int:pk>/", queue.queue_page, name="handoff"),
    path("queue/<int:pk>/claim/", queue.handoff_claim, name="handoff_claim"),
    path("queue/<int:pk>/accept/", queue.handoff_accept, name="handoff_accept"),
    path("queue/<int:pk>/reject/", queue.handoff_reject, name="handoff_reject"),
    path("queue/<int:pk>/recycle/", queue.handoff_recycle, name="handoff_recycle"),
    path("queue/<int:pk>/release/", queue.handoff_release, name="handoff_release"),
]
