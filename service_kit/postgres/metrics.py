"""Prometheus metrics of the pool of connections."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge

from service_kit.postgres.database import Database


def register_database(registry: CollectorRegistry, database: Database) -> None:
    """The gauges of a pool, read when they are scraped."""
    gauges: dict[str, tuple[str, Callable[[], float]]] = {
        "database_up": ("1 while PostgreSQL answers.", lambda: database.reachable),
        "database_pool_size": ("Connections that the pool may hold.", lambda: database.size),
        "database_pool_in_use": ("Connections at work.", lambda: database.in_use),
        "database_pool_idle": ("Connections that wait for work.", lambda: database.idle),
        "database_pool_waiting": ("Calls that wait for a connection.", lambda: database.waiting),
    }
    for name, (description, read) in gauges.items():
        Gauge(name, description, registry=registry).set_function(read)
