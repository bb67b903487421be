# The production image: web, workers and beat are this image with different commands (docker-compose.yml).
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/venv/bin:$PATH
# Where files people send are kept: shared by web and workers. Static files are part of the image.
ENV PRM_DATA_DIR=/data STATIC_ROOT=/app/staticfiles

WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv && pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
# Collecting static files connects to nothing; the settings only want the names.
RUN python -m compileall -q . \
    && python -m prm.web.messages compile \
    && SECRET_KEY=build DATABASE_APP_URL=postgres://build@localhost/build REDIS_URL=redis://localhost/0 \
       python manage.py collectstatic --no-input \
    && useradd --system --uid 10001 prm && mkdir /data && chown prm /data

USER prm
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "prm.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "4", \
     "--threads", "4", "--preload", "--graceful-timeout", "20", "--no-control-socket", "--access-logfile", "-", \
     "--logger-class", "prm.access_log.AccessLogger"]
