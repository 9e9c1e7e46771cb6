# The images of both services: docker build --target user-svc (or note-svc, user-svc-dev, note-svc-dev) .
# Final images hold a virtual environment, the generated code and the sources; nothing that builds.

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
COPY proto/*.proto notewire_proto/
RUN /opt/venv/bin/python -m grpc_tools.protoc -I. --python_out=. --grpc_python_out=. notewire_proto/*.proto \
 && /opt/venv/bin/python -m grpc_tools.protoc -Inotewire_proto -I"$(echo /opt/venv/lib/python3*/site-packages)" \
        --include_imports --descriptor_set_out=notewire.pb \
        notewire_proto/*.proto google/rpc/error_details.proto google/rpc/status.proto \
 && rm notewire_proto/*.proto \
 && touch notewire_proto/__init__.py

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

FROM service AS user-svc
COPY user_svc user_svc
# The root file system is read-only, so the byte code is made here.
USER 0
RUN python -m compileall -q --invalidation-mode unchecked-hash .
USER 10001:10001
ARG VERSION=0.0.0 REVISION=unknown
LABEL org.opencontainers.image.title="Notewire user service" \
      org.opencontainers.image.description="gRPC service of the people of Notewire" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
ENTRYPOINT ["python", "-m", "user_svc"]

FROM service AS note-svc
COPY note_svc note_svc
USER 0
RUN python -m compileall -q --invalidation-mode unchecked-hash .
USER 10001:10001
ARG VERSION=0.0.0 REVISION=unknown
LABEL org.opencontainers.image.title="Notewire note service" \
      org.opencontainers.image.description="gRPC service of the notes of Notewire" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
ENTRYPOINT ["python", "-m", "note_svc"]

# For skaffold dev: sources that the user may overwrite, and a first process that starts the service anew on a change.
FROM runtime AS dev
ENV PYTHONDONTWRITEBYTECODE=1
COPY --from=tools /opt/venv /opt/venv
COPY --from=contract --chown=10001:10001 /contract ./
COPY --chown=10001:10001 service_kit service_kit

FROM dev AS user-svc-dev
COPY --chown=10001:10001 user_svc user_svc
ENTRYPOINT ["watchfiles", "--filter", "python", "python -m user_svc", "service_kit", "user_svc"]

FROM dev AS note-svc-dev
COPY --chown=10001:10001 note_svc note_svc
ENTRYPOINT ["watchfiles", "--filter", "python", "python -m note_svc", "service_kit", "note_svc"]
