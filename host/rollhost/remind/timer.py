"""The systemd units that run ``host remind`` again and again."""

from rollhost.case.watch_schedule import quoted

EVERY_MIN = 15
"""How often (minutes) the timer runs it (own)."""


def service(command: list[str]) -> str:
    """Return a systemd user unit that runs this command once; its first word is a whole path."""
    return f"""\
[Unit]
Description=Reminds of rests, cleaning and what else the roller case asks for

[Service]
Type=oneshot
ExecStart={" ".join(map(quoted, command))}
"""


def timer() -> str:
    """Return the systemd timer that starts the service every `EVERY_MIN` minutes."""
    return f"""\
[Unit]
Description=Reminds of what the roller case asks for, every {EVERY_MIN} minutes

[Timer]
OnCalendar=*:0/{EVERY_MIN}
Persistent=true

[Install]
WantedBy=timers.target
"""
