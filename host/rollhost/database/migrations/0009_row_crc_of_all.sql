-- A checksum with each row of the other tables, as in step 8: what `row_crc` returns of the columns
-- before it. These rows are written in many places, so triggers keep it. A row that has changed on
-- the disk is not made whole by a later change of it: its checksum stays as it was.
ALTER TABLE cases ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE logs ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE case_states ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE flipped ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE forgotten ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE forgotten_logs ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calendar_events ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;

-- What has changed before is not seen: the rows count as they are now.
UPDATE cases SET crc = row_crc(
    id, device, name, board, firmware, log_id, met_at, met_behind_s, synced_at, clock_behind_s
);
UPDATE logs SET crc = row_crc(
    id, case_id, log, person, generation, follows, fork_of, state, state_seq
);
UPDATE case_states SET crc = row_crc(log_id, seq, state);
UPDATE flipped SET crc = row_crc(log_id, seq, raw);
UPDATE forgotten SET crc = row_crc(token);
UPDATE forgotten_logs SET crc = row_crc(device, log);
UPDATE calendar_events SET crc = row_crc(
    uid, person, sequence, modified_at, starts_at, ends_at, cancelled, title, text
);

CREATE TRIGGER case_added AFTER INSERT ON cases BEGIN
    UPDATE cases SET crc = row_crc(
        NEW.id, NEW.device, NEW.name, NEW.board, NEW.firmware, NEW.log_id, NEW.met_at,
        NEW.met_behind_s, NEW.synced_at, NEW.clock_behind_s
    )
    WHERE id = NEW.id;
END;
CREATE TRIGGER case_changed AFTER UPDATE OF
    id, device, name, board, firmware, log_id, met_at, met_behind_s, synced_at, clock_behind_s
ON cases
WHEN OLD.crc = row_crc(
    OLD.id, OLD.device, OLD.name, OLD.board, OLD.firmware, OLD.log_id, OLD.met_at,
    OLD.met_behind_s, OLD.synced_at, OLD.clock_behind_s
) BEGIN
    UPDATE cases SET crc = row_crc(
        NEW.id, NEW.device, NEW.name, NEW.board, NEW.firmware, NEW.log_id, NEW.met_at,
        NEW.met_behind_s, NEW.synced_at, NEW.clock_behind_s
    )
    WHERE id = NEW.id;
END;

CREATE TRIGGER log_added AFTER INSERT ON logs BEGIN
    UPDATE logs SET crc = row_crc(
        NEW.id, NEW.case_id, NEW.log, NEW.person, NEW.generation, NEW.follows, NEW.fork_of,
        NEW.state, NEW.state_seq
    )
    WHERE id = NEW.id;
END;
CREATE TRIGGER log_changed AFTER UPDATE OF
    id, case_id, log, person, generation, follows, fork_of, state, state_seq
ON logs
WHEN OLD.crc = row_crc(
    OLD.id, OLD.case_id, OLD.log, OLD.person, OLD.generation, OLD.follows, OLD.fork_of,
    OLD.state, OLD.state_seq
) BEGIN
    UPDATE logs SET crc = row_crc(
        NEW.id, NEW.case_id, NEW.log, NEW.person, NEW.generation, NEW.follows, NEW.fork_of,
        NEW.state, NEW.state_seq
    )
    WHERE id = NEW.id;
END;

CREATE TRIGGER case_state_added AFTER INSERT ON case_states BEGIN
    UPDATE case_states SET crc = row_crc(NEW.log_id, NEW.seq, NEW.state)
    WHERE log_id = NEW.log_id AND seq = NEW.seq;
END;

CREATE TRIGGER flipped_record_added AFTER INSERT ON flipped BEGIN
    UPDATE flipped SET crc = row_crc(NEW.log_id, NEW.seq, NEW.raw)
    WHERE log_id = NEW.log_id AND seq = NEW.seq;
END;

CREATE TRIGGER forgotten_entry_added AFTER INSERT ON forgotten BEGIN
    UPDATE forgotten SET crc = row_crc(NEW.token)
    WHERE token = NEW.token;
END;

CREATE TRIGGER forgotten_log_added AFTER INSERT ON forgotten_logs BEGIN
    UPDATE forgotten_logs SET crc = row_crc(NEW.device, NEW.log)
    WHERE device = NEW.device AND log = NEW.log;
END;

CREATE TRIGGER calendar_event_added AFTER INSERT ON calendar_events BEGIN
    UPDATE calendar_events SET crc = row_crc(
        NEW.uid, NEW.person, NEW.sequence, NEW.modified_at, NEW.starts_at, NEW.ends_at,
        NEW.cancelled, NEW.title, NEW.text
    )
    WHERE uid = NEW.uid;
END;
CREATE TRIGGER calendar_event_changed AFTER UPDATE OF
    uid, person, sequence, modified_at, starts_at, ends_at, cancelled, title, text
ON calendar_events
WHEN OLD.crc = row_crc(
    OLD.uid, OLD.person, OLD.sequence, OLD.modified_at, OLD.starts_at, OLD.ends_at,
    OLD.cancelled, OLD.title, OLD.text
) BEGIN
    UPDATE calendar_events SET crc = row_crc(
        NEW.uid, NEW.person, NEW.sequence, NEW.modified_at, NEW.starts_at, NEW.ends_at,
        NEW.cancelled, NEW.title, NEW.text
    )
    WHERE uid = NEW.uid;
END;
