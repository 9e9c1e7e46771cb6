"""Settings of user_svc."""

from service_kit.process.settings import ServiceSettings


class UserSettings(ServiceSettings):
    """What every service reads; user_svc needs no more."""
