FROM python:3.13-slim

RUN useradd --create-home --uid 10001 trimatch \
    && mkdir /data \
    && chown trimatch:trimatch /data
WORKDIR /opt/trimatch
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

# The dependencies first: they change less often than the code.
COPY requirements.lock ./
RUN python -m venv /opt/venv && pip install --require-hashes --requirement requirements.lock

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY graph_model graph_model
COPY search search
COPY ingest ingest
COPY export export
COPY api api
RUN pip install --no-deps --no-build-isolation .

USER trimatch
ENV TRIMATCH_HOME=/data \
    TRIMATCH_CACHE=/data/cache \
    TRIMATCH_HOST=0.0.0.0 \
    TRIMATCH_PORT=8000 \
    TRIMATCH_LOG_FORMAT=json
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["trimatch", "serve"]
