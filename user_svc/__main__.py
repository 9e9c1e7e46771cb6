"""Starts user_svc: `python -m user_svc`, `python -m user_svc migrate`, `python -m user_svc --help`."""

import sys

from service_kit.process.command import run
from user_svc.app import NAME, migrate, serve
from user_svc.settings import UserSettings

if __name__ == "__main__":
    sys.exit(run(NAME, "The people of Notewire.", UserSettings, serve, migrate))
