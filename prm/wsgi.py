"""The WSGI application that gunicorn serves."""

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from prm.embedded.environment import prepare_environment
from prm.organisations.starting import check_role_at_start

prepare_environment()
pages = get_wsgi_application()
# Named, not imported: models can be loaded only now.
application = import_string("touchpoints.tracking.direct.answer_hits")(pages)
check_role_at_start()
