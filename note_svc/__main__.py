"""Starts note_svc: `python -m note_svc`, `python -m note_svc migrate`, `python -m note_svc --help`."""

import sys

from note_svc.app import NAME, migrate, serve
from note_svc.settings import NoteSettings
from service_kit.process.command import run

if __name__ == "__main__":
    sys.exit(run(NAME, "The notes of Notewire.", NoteSettings, serve, migrate))
