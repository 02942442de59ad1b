"""A port of this computer for a server of a test."""

import socket


def free_port() -> int:
    """Return a port of this computer that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
