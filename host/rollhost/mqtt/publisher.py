"""The way to an MQTT broker: what is sent has arrived, or an error says why not.

Nothing is tried again: paho sends what it was given before there was a connection, although it
says that it has not. Each text waits for the acknowledgement of the one before it, so they arrive
in this order. MQTT 5, because by an older version a broker also acknowledges what nobody may write.
"""

import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

from rollhost.errors import NotInstalled, RollcaseError, UsageError

try:
    import paho.mqtt.client as paho
    from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.partition(".")[0] != "paho":
        raise
    raise NotInstalled(
        "The package paho-mqtt is not installed, and a broker is reached with it.",
        "Install it: pip install paho-mqtt.",
    ) from None

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""The usual port of each scheme."""

PASSWORD = "ROLLCASE_MQTT_PASSWORD"
"""The variable of the environment with the password, where no file has it."""

ANSWER_S = 10.0
"""How long (s) we wait for each answer of a broker (own)."""

KEPT_S = 2.0
"""How long (s) we wait for what a broker keeps (own): it does not say where it keeps nothing."""


class BrokerError(RollcaseError):
    """A broker cannot be reached, refuses, or stopped answering."""


class Broker:
    """A broker and how to log in there. Its text is its address, without user and password."""

    def __init__(
        self,
        host: str,
        port: int,
        tls: bool = False,
        user: str | None = None,
        password: str | None = None,
        ca: Path | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.tls = tls
        self.user = user
        self.password = password
        self.ca = ca

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"

    __repr__ = __str__

    @property
    def is_plain(self) -> bool:
        """Whether what is sent can be read in the network."""
        local = self.host == "localhost" or self.host == "::1" or self.host.startswith("127.")
        return not self.tls and not local


def broker_at(url: str, password_file: Path | None = None, ca: Path | None = None) -> Broker:
    """Return the broker at a URL such as ``mqtts://ann@example.org``.

    The password is the first line of `password_file`, else it is in the variable `PASSWORD`. Raises
    `UsageError`, which shows nothing of the URL: a password may be in it.
    """
    form = "Write it like mqtts://USER@HOST, or mqtt://HOST:PORT."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("That is no URL of a broker.", form) from None
    if parts.password is not None:
        raise UsageError(
            "A password in the URL can be read by every program on this computer.",
            f"Leave it out there: --password-file FILE, or {PASSWORD}, has it.",
        )
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise UsageError("That is no URL of a broker.", form)
    tls = parts.scheme == "mqtts"
    if ca is not None and not tls:
        raise UsageError("--ca is for mqtts://.", "Say mqtts://, or leave --ca out.")
    if ca is not None and not ca.is_file():
        raise UsageError(f"There is no file {ca}.", "Name the certificate of its authority.")
    user = unquote(parts.username) if parts.username else None
    password = _password(password_file)
    if password is not None and user is None:
        raise UsageError(
            "There is a password, and nobody whose it is.",
            f"Name the user in the URL: {parts.scheme}://USER@{parts.hostname}.",
        )
    return Broker(parts.hostname, port or PORTS[parts.scheme], tls, user, password, ca)


def _password(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(PASSWORD) or None
    try:
        text = file.expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(
            f"The password in {file} cannot be read: {reason}.", "Name another file."
        ) from None
    first = text.splitlines()[0] if text else ""
    if not first:
        raise UsageError(f"There is no password in {file}.", "Its first line is the password.")
    return first


class Connection:
    """A connection to a broker, open within ``with``; what paho calls back only notes something."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._answer: ReasonCode | None = None
        self._acknowledged: dict[int, ReasonCode] = {}
        self._kept: dict[str, str] = {}
        self._ended = False
        client = paho.Client(
            CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, reconnect_on_failure=False
        )
        client.connect_timeout = ANSWER_S
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_publish = self._published
        client.on_message = self._told
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        self._client = client

    def __enter__(self) -> "Connection":
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _open(self) -> None:
        """Connect and log in."""
        broker = self._broker
        if broker.tls:
            self._client.tls_set_context(_trust(broker.ca))
        try:
            self._client.connect(broker.host, broker.port, keepalive=int(6 * ANSWER_S))
        except (OSError, ValueError) as error:
            raise _unreachable(broker, error) from None
        self._wait(lambda: self._answer is not None)
        assert self._answer is not None
        if self._answer.is_failure:
            raise _refused(broker, self._answer)

    def keep(self, topic: str, text: str) -> None:
        """Have the broker keep a text, an empty one to keep nothing; wait until it says so.

        Raises `BrokerError`: then nobody knows whether it has it.
        """
        number = self._client.publish(topic, text, qos=1, retain=True).mid
        self._wait(lambda: number in self._acknowledged)
        code = self._acknowledged[number]
        if code.is_failure:
            raise BrokerError(
                f"{self._broker} takes nothing for {topic}: {code.getName().lower()}.",
                "Let this user write there and below rollcase/: its settings say who may.",
            )

    def kept(self, *topics: str) -> dict[str, str]:
        """Return what the broker keeps, by topic: without what it does not show within `KEPT_S`.

        Raises `BrokerError` where the connection ends.
        """
        self._client.subscribe([(topic, 0) for topic in topics])
        until = monotonic() + KEPT_S
        while not self._kept.keys() >= set(topics) and (left := until - monotonic()) > 0:
            if self._ended or self._client.loop(left) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._ended = True
                raise self._broke_off()
        self._client.unsubscribe(list(topics))
        found, self._kept = self._kept, {}
        return found

    def _close(self) -> None:
        """Say goodbye, if there is a connection."""
        if self._client.disconnect() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            until = monotonic() + 1
            while not self._ended and monotonic() < until:
                self._client.loop(0.1)

    def _wait(self, is_there: Callable[[], bool]) -> None:
        """Exchange bytes until something is there. Raises `BrokerError` if it does not come."""
        until = monotonic() + ANSWER_S
        while not is_there():
            if self._ended:
                raise self._broke_off()
            left = until - monotonic()
            if left <= 0:
                raise BrokerError(
                    f"{self._broker} did not answer within {ANSWER_S:.0f} s.",
                    "See whether a broker runs there, then try again.",
                )
            if self._client.loop(left) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._ended = True

    def _broke_off(self) -> BrokerError:
        if self._answer is not None:
            return BrokerError(
                f"{self._broker} has closed the connection in the middle.",
                "Try again: all of it is sent anew, and nothing is there twice.",
            )
        other = (
            "Does it speak MQTT 5, on this port? Mosquitto does so from version 1.6 on."
            if self._broker.tls
            else "If this port is for TLS, say mqtts://. It has to speak MQTT 5."
        )
        return BrokerError(f"{self._broker} has closed the connection without an answer.", other)

    def _connected(
        self,
        client: paho.Client,
        data: Any,
        flags: paho.ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._answer = code

    def _disconnected(
        self,
        client: paho.Client,
        data: Any,
        flags: paho.DisconnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._ended = True

    def _told(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        if message.retain:
            self._kept[message.topic] = message.payload.decode("utf-8", "replace")

    def _published(
        self,
        client: paho.Client,
        data: Any,
        number: int,
        code: ReasonCode,
        properties: Properties,
    ) -> None:
        self._acknowledged[number] = code


def _trust(ca: Path | None) -> ssl.SSLContext:
    """Return whose certificates are trusted: the system's authorities, or the one in `ca`."""
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError:  # also what ssl says of a file that is none
        raise BrokerError(
            f"There is no certificate in {ca}.", "Name the certificate of its authority, as PEM."
        ) from None


def _unreachable(broker: Broker, error: Exception) -> BrokerError:
    """Return why there is no connection, as a sentence and the next step."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return BrokerError(
            f"The certificate of {broker} is not to be trusted: {error.verify_message}.",
            "If an authority of your own has signed it, name that one's certificate: --ca FILE.",
        )
    if isinstance(error, ssl.SSLError) or (broker.tls and isinstance(error, ConnectionResetError)):
        return BrokerError(
            f"{broker} does not answer in TLS.",
            "Take the port for TLS, often 8883; mqtt:// is without it.",
        )
    if isinstance(error, TimeoutError):
        return BrokerError(
            f"{broker} did not answer within {ANSWER_S:.0f} s.",
            "See whether that computer is on, and whether a firewall is in between.",
        )
    if isinstance(error, socket.gaierror):
        return BrokerError(
            f"No computer called {broker.host} is known here.",
            "Check the name in the URL, or say its address.",
        )
    if isinstance(error, ConnectionRefusedError):
        return BrokerError(
            f"No broker listens at {broker}.", "Start it, or name its port: mqtt://HOST:PORT."
        )
    reason = getattr(error, "strerror", None) or str(error)
    return BrokerError(f"{broker} cannot be reached: {reason}.", "Check the URL and the network.")


_LOGIN = ("Bad user name or password", "Not authorized", "Bad authentication method")


def _refused(broker: Broker, code: ReasonCode) -> BrokerError:
    """Return why the broker lets nobody in, as a sentence and the next step."""
    name = code.getName()
    if name in _LOGIN and broker.user is None:
        return BrokerError(
            f"{broker} wants a user and a password.",
            f"Name the user in the URL; --password-file FILE, or {PASSWORD}, has the password.",
        )
    if name in _LOGIN:
        return BrokerError(
            f"{broker} refuses this user with this password.",
            f"Check the user in the URL, and the password in --password-file FILE or {PASSWORD}.",
        )
    step = (
        "It has to speak MQTT 5: Mosquitto does so from version 1.6 on."
        if name == "Unsupported protocol version"
        else "Its log says more."
    )
    return BrokerError(f"{broker} refuses: {name.lower()}.", step)
