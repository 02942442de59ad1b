-- What each channel was reminded of, once per occasion. A row is claimed before anything is sent, so
-- that two programs at once, or one that is stopped in the middle, send nothing twice.
CREATE TABLE reminders (
    key TEXT NOT NULL,                -- the occasion; begun: the channel itself
    person INTEGER NOT NULL,          -- the token of the person who is reminded
    channel TEXT NOT NULL,            -- where it goes: desktop, or scheme and digest of an address
    due_at INTEGER NOT NULL,          -- when it was due
    stage TEXT NOT NULL,              -- claimed, sent, failed or missed; begun
    at INTEGER NOT NULL,              -- since when it is in this stage
    late INTEGER NOT NULL,            -- 1: it said that it came late
    tries INTEGER NOT NULL,           -- how often it was claimed
    crc INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (key, person, channel)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reminder_added AFTER INSERT ON reminders BEGIN
    UPDATE reminders SET crc = row_crc(
        NEW.key, NEW.person, NEW.channel, NEW.due_at, NEW.stage, NEW.at, NEW.late, NEW.tries
    )
    WHERE key = NEW.key AND person = NEW.person AND channel = NEW.channel;
END;
CREATE TRIGGER reminder_changed AFTER UPDATE OF
    key, person, channel, due_at, stage, at, late, tries
ON reminders
WHEN OLD.crc = row_crc(
    OLD.key, OLD.person, OLD.channel, OLD.due_at, OLD.stage, OLD.at, OLD.late, OLD.tries
) BEGIN
    UPDATE reminders SET crc = row_crc(
        NEW.key, NEW.person, NEW.channel, NEW.due_at, NEW.stage, NEW.at, NEW.late, NEW.tries
    )
    WHERE key = NEW.key AND person = NEW.person AND channel = NEW.channel;
END;
