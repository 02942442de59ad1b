-- What of an event is a day and no moment, and when its alarm rings. The checksum is written anew, as
-- in step 9, with these columns in their place before it.
DROP TRIGGER calendar_event_added;
DROP TRIGGER calendar_event_changed;
ALTER TABLE calendar_events RENAME TO older_calendar_events;

CREATE TABLE calendar_events (
    uid TEXT PRIMARY KEY,
    person INTEGER NOT NULL,          -- the token of the person whose calendar has it
    sequence INTEGER NOT NULL,        -- SEQUENCE: rises with each change of the event, never falls
    modified_at INTEGER NOT NULL,     -- when an export first gave it as it is here; 0: this is a copy
    starts_at INTEGER NOT NULL,       -- of days: when the first one begins anywhere on Earth
    ends_at INTEGER NOT NULL,         -- of days: when the last one ends anywhere on Earth
    cancelled INTEGER NOT NULL,       -- 1: given as cancelled
    title TEXT NOT NULL,              -- empty once it is gone and was cancelled; so is the text
    text TEXT NOT NULL,
    first_day TEXT,                   -- ISO 8601; NULL: it is about moments
    last_day TEXT,
    alarm_s INTEGER,                  -- seconds from its start to its alarm; NULL: none
    crc INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

INSERT INTO calendar_events
    SELECT uid, person, sequence, modified_at, starts_at, ends_at, cancelled, title, text, NULL,
        NULL, NULL,
        -- A row that has changed on the disk keeps the checksum that says so.
        CASE WHEN crc = row_crc(
            uid, person, sequence, modified_at, starts_at, ends_at, cancelled, title, text
        ) THEN row_crc(
            uid, person, sequence, modified_at, starts_at, ends_at, cancelled, title, text, NULL,
            NULL, NULL
        ) ELSE crc END
    FROM older_calendar_events;
DROP TABLE older_calendar_events;

CREATE TRIGGER calendar_event_added AFTER INSERT ON calendar_events BEGIN
    UPDATE calendar_events SET crc = row_crc(
        NEW.uid, NEW.person, NEW.sequence, NEW.modified_at, NEW.starts_at, NEW.ends_at,
        NEW.cancelled, NEW.title, NEW.text, NEW.first_day, NEW.last_day, NEW.alarm_s
    )
    WHERE uid = NEW.uid;
END;
CREATE TRIGGER calendar_event_changed AFTER UPDATE OF
    uid, person, sequence, modified_at, starts_at, ends_at, cancelled, title, text, first_day,
    last_day, alarm_s
ON calendar_events
WHEN OLD.crc = row_crc(
    OLD.uid, OLD.person, OLD.sequence, OLD.modified_at, OLD.starts_at, OLD.ends_at,
    OLD.cancelled, OLD.title, OLD.text, OLD.first_day, OLD.last_day, OLD.alarm_s
) BEGIN
    UPDATE calendar_events SET crc = row_crc(
        NEW.uid, NEW.person, NEW.sequence, NEW.modified_at, NEW.starts_at, NEW.ends_at,
        NEW.cancelled, NEW.title, NEW.text, NEW.first_day, NEW.last_day, NEW.alarm_s
    )
    WHERE uid = NEW.uid;
END;
