"""Lets Envoy validate every file of envoy/, with fixed addresses as here and with DNS names as in a cluster."""

import sys
from pathlib import Path

from local import envoy

_BUILD = Path(__file__).resolve().parent.parent / "build"
_DNS = (
    "{name: envoy.cluster.dns, typed_config: {"
    '"@type": type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster, '
    "dns_lookup_family: V4_ONLY, dns_refresh_rate: 1s, respect_dns_ttl: false}}"
)


def main() -> None:
    own = {
        "ADMIN": envoy.socket_address("127.0.0.1", 9901),
        "METRICS": envoy.socket_address("127.0.0.1", 9902),
        "ENVOY_DIR": str(envoy.ENVOY_DIR),
        "MAX_CONNECTIONS": "1000",
        "MAX_HEAP_BYTES": "268435456",
        "ALLOWED_ORIGINS": '[{exact: "https://notes.example"}]',
    }
    sidecar = envoy.render(
        envoy.SIDECAR,
        {
            **own,
            "EDGE": envoy.socket_address("127.0.0.1", 8080),
            "SERVICES": envoy.socket_address("127.0.0.1", 8081),
            "APP": envoy.socket_address("127.0.0.1", 50051),
            "DESCRIPTOR": str(_BUILD / "notewire.pb"),
        },
    )
    for discovery in (envoy.FIXED, _DNS):
        upstream = envoy.socket_address("127.0.0.1", 8081)
        egress = {"EGRESS": own["ADMIN"], "USER_SVC": upstream, "USER_SVC_DISCOVERY": discovery}
        door = {
            **own,
            "DOOR": envoy.socket_address("127.0.0.1", 8080),
            "USER_SVC": upstream,
            "NOTE_SVC": upstream,
            "DISCOVERY": discovery,
            "WEB": upstream,
            "TRUSTED_HOPS": "0",
            "STYLE_SOURCES": "",
            "IMAGE_SOURCES": "https:",
        }
        envoy.validate(sidecar, envoy.render(envoy.EGRESS, egress))
        envoy.validate(envoy.render(envoy.FRONT_DOOR, door))


if __name__ == "__main__":
    try:
        main()
    except (envoy.EnvoyError, ValueError) as error:
        sys.exit(str(error))
