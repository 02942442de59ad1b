-- A record is its 32 bytes. What they say stood beside them as text, took two thirds of the file and
-- could differ from them; the bytes themselves are chained, so a change of any of them is seen.
CREATE TABLE records_as_bytes (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    raw BLOB NOT NULL,                -- 32 bytes, as the case wrote them; see firmware/SPEC.md
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO records_as_bytes SELECT log_id, seq, raw FROM records ORDER BY log_id, seq;
DROP TABLE records;
ALTER TABLE records_as_bytes RENAME TO records;

-- What the bytes say, for whoever reads the database with another program; this one does not. The
-- kinds, and the fields of each kind (12 bytes, here in hex), are in firmware/SPEC.md.
CREATE VIEW record_heads AS
SELECT
    log_id,
    seq,
    b4 AS kind,
    b5 AS zone,
    b6 + (b7 << 8) AS boot,
    b8 + (b9 << 8) + (b10 << 16) + (b11 << 24) AS uptime_s,
    1577836800 + b12 + (b13 << 8) + (b14 << 16) + (b15 << 24) AS case_time, -- as stamped, never corrected
    substr(hex, 33, 24) AS fields
FROM (
    -- SQLite makes no number of a byte, but finds a hex digit among those from 1 to F.
    SELECT log_id, seq, hex,
        16 * instr(digits, substr(hex, 9, 1)) + instr(digits, substr(hex, 10, 1)) AS b4,
        16 * instr(digits, substr(hex, 11, 1)) + instr(digits, substr(hex, 12, 1)) AS b5,
        16 * instr(digits, substr(hex, 13, 1)) + instr(digits, substr(hex, 14, 1)) AS b6,
        16 * instr(digits, substr(hex, 15, 1)) + instr(digits, substr(hex, 16, 1)) AS b7,
        16 * instr(digits, substr(hex, 17, 1)) + instr(digits, substr(hex, 18, 1)) AS b8,
        16 * instr(digits, substr(hex, 19, 1)) + instr(digits, substr(hex, 20, 1)) AS b9,
        16 * instr(digits, substr(hex, 21, 1)) + instr(digits, substr(hex, 22, 1)) AS b10,
        16 * instr(digits, substr(hex, 23, 1)) + instr(digits, substr(hex, 24, 1)) AS b11,
        16 * instr(digits, substr(hex, 25, 1)) + instr(digits, substr(hex, 26, 1)) AS b12,
        16 * instr(digits, substr(hex, 27, 1)) + instr(digits, substr(hex, 28, 1)) AS b13,
        16 * instr(digits, substr(hex, 29, 1)) + instr(digits, substr(hex, 30, 1)) AS b14,
        16 * instr(digits, substr(hex, 31, 1)) + instr(digits, substr(hex, 32, 1)) AS b15
    FROM (SELECT log_id, seq, hex(raw) AS hex, '123456789ABCDEF' AS digits FROM records)
);

-- What the records of a log before a certain one add up to, so that a command need not read them
-- again. It only saves time: it follows from those records, and is gone as soon as one of them
-- changes, or as another one turns out to be among them.
CREATE TABLE milestones (
    log_id INTEGER PRIMARY KEY REFERENCES logs (id),
    seq INTEGER NOT NULL,             -- of the first record after it
    data TEXT NOT NULL                -- JSON, see `history/milestones.py`
) STRICT;

CREATE TRIGGER record_added AFTER INSERT ON records BEGIN
    DELETE FROM milestones WHERE log_id = NEW.log_id AND seq > NEW.seq;
END;

CREATE TRIGGER record_changed AFTER UPDATE ON records BEGIN
    DELETE FROM milestones WHERE log_id IN (OLD.log_id, NEW.log_id);
END;

CREATE TRIGGER record_deleted AFTER DELETE ON records BEGIN
    DELETE FROM milestones WHERE log_id = OLD.log_id;
END;

CREATE TRIGGER record_set_aside AFTER INSERT ON quarantine BEGIN
    DELETE FROM milestones WHERE log_id = NEW.log_id;
END;

CREATE TRIGGER state_added AFTER INSERT ON case_states BEGIN
    DELETE FROM milestones WHERE log_id = NEW.log_id AND seq > NEW.seq;
END;

CREATE TRIGGER log_found_its_place AFTER UPDATE OF fork_of, follows ON logs
WHEN OLD.fork_of IS NOT NEW.fork_of OR OLD.follows IS NOT NEW.follows BEGIN
    DELETE FROM milestones WHERE log_id = NEW.id;
END;

-- The few records that say which policy was set are found without a look at the others.
CREATE INDEX policy_records ON records (log_id, seq) WHERE substr(raw, 5, 1) = x'03';
