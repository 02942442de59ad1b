"""An MQTT broker (amqtt) in a thread of its own, for the findings about MQTT clients."""

import asyncio
import logging
import socket
import threading

from amqtt.broker import Broker

ANONYMOUS = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


def start_broker() -> int:
    """Start the broker on a free port of this computer and return the port."""
    logging.disable(logging.CRITICAL)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    ready = threading.Event()

    async def serve() -> None:
        listener = {"type": "tcp", "bind": f"127.0.0.1:{port}"}
        broker = Broker({"listeners": {"default": listener}, "plugins": ANONYMOUS})
        await broker.start()
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    if not ready.wait(20):
        raise TimeoutError("the broker did not start within 20 s")
    return port
