# The portal's image: one for the web server, the worker and the preparing job.
# It holds no database server; compose.yaml shows how it meets one.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt ./
RUN pip install --require-hashes --only-binary :all: -r requirements.txt
COPY manage.py ./
COPY certportal ./certportal
COPY quizzes ./quizzes
COPY progress ./progress
COPY templates ./templates
COPY static ./static
COPY locale ./locale
# Neither step needs a database or a secret.
RUN python -m certportal.processes.translations \
    && COMPRESS_STATIC=1 STATIC_ROOT=/app/staticfiles python manage.py collectstatic --noinput -v 0 \
    && python -m compileall -q /opt/venv/lib /app

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=certportal.settings \
    COMPRESS_STATIC=1 \
    STATIC_ROOT=/app/staticfiles \
    PORT=8000 \
    BIND=0.0.0.0:8000
RUN groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin portal \
    && install -d -o 10001 -g 10001 /app /app/var
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 \
    CMD ["python", "-m", "certportal.processes.probe", "healthz"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "gunicorn", "--config", "python:certportal.gunicorn"]
