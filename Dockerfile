# syntax=docker/dockerfile:1
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
COPY requirements requirements
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt \
    && python -m venv /opt/ocsp-staple-exporter \
    && /opt/ocsp-staple-exporter/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY docs/runbooks docs/runbooks
COPY src src
RUN /opt/build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir /wheels . \
    && /opt/ocsp-staple-exporter/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ocsp-staple-exporter" \
      org.opencontainers.image.description="Prometheus exporter that reads and judges the OCSP responses stapled by TLS servers" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/ocsp-staple-exporter /opt/ocsp-staple-exporter
ENV PATH=/opt/ocsp-staple-exporter/bin:$PATH \
    OCSP_STAPLE_EXPORTER_REVISION=${REVISION} \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 65534:65534
EXPOSE 10627
ENTRYPOINT ["ocsp-staple-exporter"]
CMD ["--config.file=/etc/ocsp-staple-exporter/config.yaml"]
