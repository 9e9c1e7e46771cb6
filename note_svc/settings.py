"""Settings of note_svc."""

from pydantic import Field

from service_kit.process.settings import ServiceSettings


class NoteSettings(ServiceSettings):
    """What every service reads, and where to ask for users."""

    port: int = Field(50052, ge=0, le=65535, description="native gRPC")
    user_directory_address: str = Field(
        "127.0.0.1:15001",
        min_length=1,
        description="gRPC target of user.UserDirectory, the sidecar's egress; unix:/path works too",
    )
