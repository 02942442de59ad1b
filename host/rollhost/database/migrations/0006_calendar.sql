-- What calendars were given by exports: the events of the last one, and those that are gone since.
CREATE TABLE calendar_events (
    uid TEXT PRIMARY KEY,
    person INTEGER NOT NULL,          -- the token of the person whose calendar has it
    sequence INTEGER NOT NULL,        -- SEQUENCE: rises with each change of the event, never falls
    modified_at INTEGER NOT NULL,     -- when an export first gave it as it is here; 0: this is a copy
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,       -- 1: given as cancelled
    title TEXT NOT NULL,              -- empty once it is gone and was cancelled; so is the text
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
