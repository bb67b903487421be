"""Routes of the API for this room."""

from ninja import Router

router = Router()
