"""The WSGI application that gunicorn serves."""

from django.core.wsgi import get_wsgi_application

from prm.embedded.environment import prepare_environment
from prm.organisations.starting import check_role_at_start

prepare_environment()
application = get_wsgi_application()
check_role_at_start()
