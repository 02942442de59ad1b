"""The way to a real broker, and each reason why there is none."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.host.certificates import make_certificates
from tests.host.free_port import free_port
from tests.host.mosquitto import ANYBODY, Mosquitto, mosquitto, running
from tests.host.mqtt.told import SECRET

from rollhost.errors import UsageError
from rollhost.mqtt import publisher
from rollhost.mqtt.publisher import Broker, BrokerError, Connection, broker_at


def why_not(broker: Broker) -> str:
    """Return why nothing can be kept there; the next step is not empty."""
    with pytest.raises(BrokerError) as error, Connection(broker) as connection:
        connection.keep("rollcase/a", "1")
    assert error.value.hint.endswith(".")
    assert SECRET not in error.value.sentence + error.value.hint + repr(broker)
    return error.value.sentence


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificates of an authority of our own."""
    mosquitto()
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


def with_certificate(folder: Path, name: str) -> tuple[str, ...]:
    """Return the settings of a broker that has this certificate."""
    return (*ANYBODY, f"certfile {folder}/{name}", f"keyfile {folder}/server.key")


@pytest.fixture(scope="module")
def with_tls(
    certificates: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Mosquitto, Path]]:
    """A broker for ``localhost`` that speaks TLS, and the certificate of its authority."""
    settings = with_certificate(certificates, "server.pem")
    with running(tmp_path_factory.mktemp("tls"), *settings) as broker:
        yield broker, certificates / "ca.pem"


def test_url_names_scheme_host_port_and_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(publisher.PASSWORD, SECRET)
    broker = broker_at("mqtts://ann%40home@example.org")
    assert (str(broker), broker.user, broker.password) == (
        "mqtts://example.org:8883",
        "ann@home",
        SECRET,
    )
    monkeypatch.delenv(publisher.PASSWORD)
    assert str(broker_at("mqtt://[::1]:1884/")) == "mqtt://[::1]:1884"
    assert broker_at("mqtt://ann@homeassistant.local").password is None


@pytest.mark.parametrize(
    "url",
    [f"mqtt://ann:{SECRET}@host", "host", "http://host", "mqtt://", "mqtt://host:x", "mqtt://h/a",
     f"{SECRET}@host", f"mqtt:/ann:{SECRET}@host", f"mqtt://[{SECRET}"],
)  # fmt: skip
def test_refused_url_is_not_shown(url: str) -> None:
    with pytest.raises(UsageError) as error:
        broker_at(url)
    assert SECRET not in error.value.sentence + error.value.hint


def test_password_comes_from_the_first_line_of_a_file(home: Path) -> None:
    file = home / "password"
    file.write_text(f"{SECRET}\nnotes\n")
    assert broker_at("mqtt://ann@host", file).password == SECRET
    for text in ("", "\n"):
        file.write_text(text)
        with pytest.raises(UsageError, match="no password in"):
            broker_at("mqtt://ann@host", file)
    with pytest.raises(UsageError, match="cannot be read"):
        broker_at("mqtt://ann@host", home / "missing")


def test_password_needs_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(publisher.PASSWORD, SECRET)
    with pytest.raises(UsageError, match="nobody whose it is"):
        broker_at("mqtt://host")


def test_authority_is_for_tls_and_has_to_be_there(home: Path) -> None:
    with pytest.raises(UsageError, match="for mqtts"):
        broker_at("mqtt://host", ca=home)
    with pytest.raises(UsageError, match="no file"):
        broker_at("mqtts://host", ca=home / "ca.pem")


@pytest.mark.parametrize(
    ("url", "is_plain"),
    [("mqtt://localhost", False), ("mqtt://127.0.0.1", False), ("mqtt://[::1]", False),
     ("mqtts://broker", False), ("mqtt://broker", True), ("mqtt://192.168.1.4", True)],
)  # fmt: skip
def test_plain_is_what_leaves_the_computer_without_tls(url: str, is_plain: bool) -> None:
    assert broker_at(url).is_plain == is_plain


def test_user_with_the_right_password_is_let_in(locked: Mosquitto) -> None:
    with Connection(Broker("127.0.0.1", locked.port, user="ann", password=SECRET)) as connection:
        connection.keep("rollcase/a", "1")
    assert locked.kept("ann", SECRET)["rollcase/a"] == "1"


def test_wrong_password_is_said(locked: Mosquitto) -> None:
    broker = Broker("127.0.0.1", locked.port, user="ann", password=SECRET + "x")
    assert "refuses this user with this password" in why_not(broker)


def test_broker_that_wants_a_password_says_so(locked: Mosquitto) -> None:
    assert "wants a user and a password" in why_not(Broker("127.0.0.1", locked.port))


def test_topic_that_a_user_may_not_write_is_said(locked: Mosquitto) -> None:
    broker = Broker("127.0.0.1", locked.port, user="ann", password=SECRET)
    refused = "takes nothing for homeassistant/device/a/config"
    with Connection(broker) as connection, pytest.raises(BrokerError, match=refused):
        connection.keep("homeassistant/device/a/config", "{}")


def test_certificate_of_ones_own_authority_is_trusted(with_tls: tuple[Mosquitto, Path]) -> None:
    broker, ca = with_tls
    with Connection(Broker("localhost", broker.port, tls=True, ca=ca)) as connection:
        connection.keep("rollcase/a", "1")


def test_certificate_that_nobody_knows_is_refused(with_tls: tuple[Mosquitto, Path]) -> None:
    broker = Broker("localhost", with_tls[0].port, tls=True)
    assert "certificate" in why_not(broker)


def test_certificate_of_another_authority_is_refused(
    with_tls: tuple[Mosquitto, Path], certificates: Path
) -> None:
    port, other = with_tls[0].port, certificates / "other.pem"
    assert "is not to be trusted" in why_not(Broker("localhost", port, tls=True, ca=other))


def test_certificate_that_has_expired_is_refused_and_said(home: Path, certificates: Path) -> None:
    with running(home / "old", *with_certificate(certificates, "old.pem")) as old:
        broker = Broker("localhost", old.port, tls=True, ca=certificates / "ca.pem")
        assert "certificate has expired" in why_not(broker)


def test_certificate_of_another_name_is_refused(with_tls: tuple[Mosquitto, Path]) -> None:
    broker, ca = with_tls
    assert "certificate" in why_not(Broker("127.0.0.1", broker.port, tls=True, ca=ca))


def test_file_that_is_no_certificate_is_said(with_tls: tuple[Mosquitto, Path], home: Path) -> None:
    (home / "ca.pem").write_text("no certificate")
    broker = Broker("localhost", with_tls[0].port, tls=True, ca=home / "ca.pem")
    assert "no certificate" in why_not(broker)


def test_plain_connection_to_a_port_for_tls_is_said(with_tls: tuple[Mosquitto, Path]) -> None:
    assert "without an answer" in why_not(Broker("localhost", with_tls[0].port))


def test_tls_to_a_plain_port_is_said(locked: Mosquitto) -> None:
    assert "does not answer in TLS" in why_not(Broker("127.0.0.1", locked.port, tls=True))


def test_port_without_a_broker_is_said() -> None:
    assert "No broker listens" in why_not(Broker("127.0.0.1", free_port()))


def test_name_that_nobody_has_is_said() -> None:
    assert why_not(Broker("nobody.invalid", 1883)) == (
        "No computer called nobody.invalid is known here."
    )


@pytest.mark.parametrize("tls", [False, True])
def test_broker_that_says_nothing_is_given_up(tls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "ANSWER_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        broker = Broker("127.0.0.1", server.getsockname()[1], tls=tls)
        assert "did not answer within" in why_not(broker)


def test_something_else_on_the_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert "an answer" in why_not(Broker("127.0.0.1", server.getsockname()[1]))
        thread.join()


def test_broker_that_goes_in_the_middle_is_said(tmp_path: Path) -> None:
    with (
        running(tmp_path / "broker", *ANYBODY) as broker,
        Connection(Broker("127.0.0.1", broker.port)) as connection,
    ):
        connection.keep("rollcase/a", "1")
        broker.stop()
        with pytest.raises(BrokerError, match="closed the connection in the middle"):
            connection.keep("rollcase/a", "2")
