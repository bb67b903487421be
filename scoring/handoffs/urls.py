"""Pages of handoffs, relative to `/o/<slug>/`."""

from django.urls import path

from scoring.handoffs.views import contract, notices, queue, work

app_name = "handoffs"
urlpatterns = [
    path("queue/", queue.queue_page, name="queue"),
    path("queue/live/", queue.live, name="live"),
    path("queue/next/", work.handoff_next, name="handoff_next"),
    path("queue/handoffs.csv", queue.handoff_export, name="handoff_export"),
    path("queue/contract/", contract.contract, name="contract"),
    path("queue/contract/edit/", contract.contract_edit, name="contract_edit"),
    path("queue/contract/sign/", contract.contract_sign, name="contract_sign"),
    path("queue/notices/", notices.notices, name="notices"),
    path("queue/notices/seen/", notices.notices_seen, name="notices_seen"),
    path("queue/<int:pk>/", queue.queue_page, name="handoff"),
    path("queue/<int:pk>/live/", queue.live, name="handoff_live"),
    path("queue/<int:pk>/claim/", work.handoff_claim, name="handoff_claim"),
    path("queue/<int:pk>/accept/", work.handoff_accept, name="handoff_accept"),
    path("queue/<int:pk>/release/", work.handoff_release, name="handoff_release"),
    path("queue/<int:pk>/call/", work.handoff_call, name="handoff_call"),
    path("queue/<int:pk>/note/", work.handoff_note, name="handoff_note"),
    path("queue/<int:pk>/snooze/", work.handoff_snooze, name="handoff_snooze"),
    path("queue/<int:pk>/reject/", work.handoff_reject, name="handoff_reject"),
    path("queue/<int:pk>/recycle/", work.handoff_recycle, name="handoff_recycle"),
    path("queue/<int:pk>/convert/", work.handoff_convert, name="handoff_convert"),
    path("queue/<int:pk>/lose/", work.handoff_lose, name="handoff_lose"),
]
