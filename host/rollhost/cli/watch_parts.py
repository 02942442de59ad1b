"""What `host watch` does in each round besides what was set up once: reminders and MQTT."""

from pathlib import Path

from rollhost.cli.after_sync import Part, Said
from rollhost.cli.choose import choose_person
from rollhost.cli.program import program_name
from rollhost.database.archive import Archive


def remind_part(file: Path | None, name: str | None) -> Part:
    """Return the part that reminds the person called `name`, at the addresses in the file.

    File and addresses are looked at anew each time. Raises `UsageError` if they are none now, and
    `NotInstalled` without what they are reached with.
    """
    from rollhost.cli.remind_to import channels_to
    from rollhost.output import reminders
    from rollhost.remind import run

    channels_to(file)

    def remind(archive: Archive, now: int) -> Said:
        person = choose_person(archive.persons(), name).token
        outcome = run.after_sync(archive, now, program_name(), person, channels_to(file))
        sent = reminders.sent_lines([(sent.channel, sent.text) for sent in outcome.sent])
        news = [f"Reminded: {line}" for line in sent]
        if outcome.missed:
            news.append(reminders.missed_line(outcome.missed))
        wrong = [f"{failure.sentence} {failure.hint}".strip() for failure in outcome.failed]
        return Said(news, wrong, is_put_off=bool(outcome.failed or outcome.paused))

    return Part("remind", remind)


def mqtt_part(url: str, password_file: Path | None, ca: Path | None) -> Part:
    """Return the part that tells the broker at a URL what has changed.

    The password is read anew each time. Raises errors as `broker_at` does, and `NotInstalled`.
    """
    from rollhost.mqtt.publisher import broker_at  # without paho-mqtt this says how to get it

    broker_at(url, password_file, ca)
    from rollhost.mqtt import publish
    from rollhost.output.mqtt import changed_lines, plain_line

    def tell(archive: Archive, now: int) -> Said:
        broker = broker_at(url, password_file, ca)
        outcome = publish.after_sync(archive, broker, now)
        news = changed_lines(str(broker), outcome.told, outcome.removed)
        if outcome.is_first_plain:
            news.append(plain_line(broker.host))
        return Said(news)

    return Part("mqtt publish", tell)
