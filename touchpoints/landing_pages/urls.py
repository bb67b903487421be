"""Pages on which landing pages are built, relative to `/o/<slug>/`."""

from django.urls import path

from touchpoints.landing_pages.views import building, pages, variants

app_name = "landing_pages"
urlpatterns = [
    path("pages/", pages.page_list, name="page_list"),
    path("pages/new/", pages.page_add, name="page_add"),
    path("pages/<int:pk>/", building.page_detail, name="page_detail"),
    path("pages/<int:pk>/preview/", building.page_preview, name="page_preview"),
    path("pages/<int:pk>/look/", building.page_look, name="page_look"),
    path("pages/<int:pk>/blocks/new/", building.block_add, name="block_add"),
    path("pages/<int:pk>/blocks/<slug:block>/", building.block_edit, name="block_edit"),
    path("pages/<int:pk>/blocks/<slug:block>/move/", building.block_move, name="block_move"),
    path("pages/<int:pk>/blocks/<slug:block>/remove/", building.block_remove, name="block_remove"),
    path("pages/<int:pk>/settings/", pages.page_settings, name="page_settings"),
    path("pages/<int:pk>/publish/", pages.page_publish, name="page_publish"),
    path("pages/<int:pk>/close/", pages.page_close, name="page_close"),
    path("pages/<int:pk>/archive/", pages.page_archive, name="page_archive"),
    path("pages/<int:pk>/restore/", pages.page_restore, name="page_restore"),
    path("pages/<int:pk>/duplicate/", pages.page_duplicate, name="page_duplicate"),
    path("pages/<int:pk>/variants/", variants.variant_list, name="variant_list"),
    path("pages/<int:pk>/variants/shares/", variants.variant_share, name="variant_share"),
    path("pages/<int:pk>/variants/new/", variants.variant_add, name="variant_add"),
    path("pages/<int:pk>/variants/remove/", variants.variant_remove, name="variant_remove"),
    path("pages/<int:pk>/test/end/", variants.test_end, name="test_end"),
]
