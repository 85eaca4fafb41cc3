# One image for the API, the worker and the exporter; the command says which, the API by itself:
#   docker build --build-arg VERSION=$(git describe --always --tags) -t event-platform .

FROM python:3.11-slim-bookworm AS base
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin platform \
 && install -d -o platform -g platform -m 0750 /var/lib/platform

# The emulated AWS of compose.yaml, which nothing else has.
FROM base AS aws
WORKDIR /build
COPY requirements-local.txt .
RUN pip install --no-cache-dir --disable-pip-version-check "$(grep '^ministack==' requirements-local.txt)"
USER 10001
VOLUME /var/lib/platform

FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements.lock .
# What hosts install, by its sums, and from wheels alone.
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
      --only-binary :all: --require-hashes --requirement requirements.lock

FROM python:3.11-slim-bookworm AS code
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY *.py LICENSE ./
COPY events events
COPY tasks tasks
COPY platform platform
# Settings that nobody uses: production has no defaults for them.
RUN PYTHONPATH=/app:/app/platform PYTHONDONTWRITEBYTECODE=1 SECRET_KEY="$(printf '%060d' 0)" \
    ALLOWED_HOSTS=localhost AWS_REGION=us-east-1 QUEUE_URL_PREFIX=https://localhost \
    DATABASE_URL=sqlite:////nonexistent \
    /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
 # Nobody may write here later.
 && /opt/venv/bin/python -m compileall -q events tasks platform

FROM base
COPY --from=packages /opt/venv /opt/venv
COPY --from=code /app /app
WORKDIR /app
ARG VERSION=development
ENV VERSION=$VERSION \
    PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app:/app/platform \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    METRICS_FOLDER=/tmp/metrics \
    COUNTERS_FOLDER=/var/lib/platform/counters \
    EXPORTER_HOST=0.0.0.0
# By number: Kubernetes and its like see that it is not root.
USER 10001
# What a process counted and has not stored yet; of the rest, only /tmp is written to.
VOLUME /var/lib/platform
EXPOSE 8000 9808 9810
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["python", "-m", "gunicorn", "--config", "python:config.gunicorn"]
