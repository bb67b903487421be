"""The WSGI application that gunicorn serves."""

from django.core.wsgi import get_wsgi_application

from prm.embedded.environment import prepare_environment

prepare_environment()
application = get_wsgi_application()
