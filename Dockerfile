# The image of either service: docker build --target service --build-arg SERVICE=user_svc .
# The result holds a virtual environment, the generated code and the sources; nothing that builds.

FROM python:3.13-slim AS dependencies
# Without pip inside, so that the copied environment is nothing but what the lock names.
RUN python3 -m venv --without-pip /opt/venv
COPY requirements/services.txt /requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install --require-hashes --disable-pip-version-check -r /requirements/services.txt

FROM dependencies AS tools
COPY requirements/images.txt /requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install --require-hashes --disable-pip-version-check -r /requirements/images.txt

FROM tools AS contract
WORKDIR /contract
COPY proto /proto
RUN /proto/generate /opt/venv/bin/python notewire.pb

FROM python:3.13-slim AS runtime
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001:10001
EXPOSE 9464

FROM runtime AS service
COPY --from=dependencies /opt/venv /opt/venv
# The sidecar's JSON transcoder reads notewire.pb, so a pod's Envoy always knows the contract of its own service.
COPY --from=contract /contract ./
COPY service_kit service_kit
ARG SERVICE
COPY ${SERVICE} ${SERVICE}
# The root file system is read-only, so the byte code is made here.
USER 0
RUN python -m compileall -q --invalidation-mode unchecked-hash .
USER 10001:10001
ARG VERSION=0.0.0 REVISION=unknown
LABEL org.opencontainers.image.title="Notewire ${SERVICE}" \
      org.opencontainers.image.description="A gRPC service of Notewire" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
ENV SERVICE=${SERVICE}
ENTRYPOINT ["/bin/sh", "-c", "exec python -m \"$SERVICE\" \"$@\"", "service"]

# For skaffold dev: sources that the user may overwrite, and a first process that starts the service anew on a change.
FROM runtime AS dev
COPY --from=tools /opt/venv /opt/venv
COPY --from=contract --chown=10001:10001 /contract ./
COPY --chown=10001:10001 service_kit service_kit
ARG SERVICE
COPY --chown=10001:10001 ${SERVICE} ${SERVICE}
ENV SERVICE=${SERVICE} PYTHONDONTWRITEBYTECODE=1
ENTRYPOINT ["/bin/sh", "-c", "exec watchfiles --filter python \"python -m $SERVICE\" service_kit \"$SERVICE\""]
