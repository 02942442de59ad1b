PRAGMA application_id = 1380928588;
PRAGMA user_version = 12;
BEGIN TRANSACTION;
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
INSERT INTO "calendar_events" VALUES('check-mine@rollcase',0,3,1795000000,1796896800,1797076800,0,'Once a year','Check.','2026-12-11','2026-12-11',32400,3866515566);
INSERT INTO "calendar_events" VALUES('rest-mine@rollcase',0,2,1795000000,1797000000,1797003600,0,'Rested','From now on.',NULL,NULL,NULL,1860005792);
CREATE TABLE carried (
    log_id INTEGER NOT NULL REFERENCES logs (id), -- the log that was told
    origin INTEGER NOT NULL,          -- the CRC of device, log and seq of the record that it is from
    zone INTEGER NOT NULL,            -- of the log that was told; 255: all its zones
    at INTEGER NOT NULL,              -- the latest that it can have been
    what INTEGER NOT NULL,            -- 1: a use, 2: a session at a clinic
    needle_um INTEGER NOT NULL,       -- 0: not known
    token INTEGER, crc INTEGER NOT NULL DEFAULT 0,                    -- of the entry that it is from; NULL: it is from no entry
    PRIMARY KEY (log_id, origin, zone, at)
) STRICT, WITHOUT ROWID;
INSERT INTO "carried" VALUES(2,4294967295,255,1795168140,1,250,NULL,3019858502);
CREATE TABLE case_states (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    state BLOB NOT NULL, crc INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "case_states" VALUES(3,0,X'0201',2374981808);
CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    device TEXT NOT NULL UNIQUE,      -- the chip's id, hex
    name TEXT UNIQUE,                 -- given by the owner
    board TEXT NOT NULL,
    firmware TEXT NOT NULL,
    -- When we last talked to it: which log it had, and this computer's clock minus its own.
    log_id INTEGER REFERENCES logs (id),
    met_at INTEGER,
    met_behind_s INTEGER,
    -- When a sync last came to its end, and how far behind the clock was found then.
    synced_at INTEGER,
    clock_behind_s INTEGER
, crc INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "cases" VALUES(1,'5c1f0a2b3c4d5e6f','bathroom','pico','0.1.0',2,1795255200,3,1795255200,3,3138482919);
INSERT INTO "cases" VALUES(2,'00ff00ff00ff00ff',NULL,'pico2_w','0.1.0',3,1795255260,-2,NULL,NULL,87742122);
INSERT INTO "cases" VALUES(3,'virtual-0001','practice','virtual','0.1.0',NULL,NULL,NULL,NULL,NULL,141576561);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,           -- the order of adding
    token INTEGER NOT NULL UNIQUE,    -- a case is told of the entry under it
    person INTEGER NOT NULL REFERENCES persons (token),
    case_id INTEGER REFERENCES cases (id), -- NULL: of the person, and so for every case
    kind TEXT NOT NULL,               -- see rollhost/database/diary.py
    at INTEGER NOT NULL,              -- when it was
    zone TEXT,                        -- NULL: none in particular
    data TEXT NOT NULL,               -- JSON: what else there is of its kind
    written_at INTEGER NOT NULL,      -- 0: not known, before all others
    basis INTEGER                     -- what it was based on: of a policy, the digest that it replaces
, crc INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "entries" VALUES(1,4294967295,0,NULL,'note',1795255200,NULL,'{"text": "=1+1, \"calm\"; \u00fc\n"}',1795255200,NULL,4206912832);
INSERT INTO "entries" VALUES(2,4000000000,0,1,'head',1795255200,NULL,'{"text": ""}',1795255200,NULL,1262427072);
INSERT INTO "entries" VALUES(3,7,0,NULL,'clinic',1794996000,'face','{"needle_um": 1500, "text": ""}',1795255200,NULL,959248236);
INSERT INTO "entries" VALUES(4,2147483648,0,NULL,'reaction',1795168800,'face','{"signs": ["redness", "swelling"], "text": "red ''n'' hot"}',1795255210,NULL,449786908);
INSERT INTO "entries" VALUES(5,1111111111,0,NULL,'follow-up',1795212000,'face','{"reaction": 2147483648, "signs": [], "text": ""}',1795255210,NULL,3020493432);
INSERT INTO "entries" VALUES(6,2222222222,0,NULL,'reaction over',1795255200,'face','{"reaction": 2147483648, "text": ""}',1795255210,NULL,1494788625);
INSERT INTO "entries" VALUES(7,3333333333,0,2,'hold',1795255200,NULL,'{"reason": 5, "until": 4294967295}',1795255220,NULL,1031279255);
INSERT INTO "entries" VALUES(8,123456789,0,NULL,'hold',1795255200,NULL,'{"reason": 0, "until": 0}',1795255220,NULL,2997666967);
INSERT INTO "entries" VALUES(9,987654321,0,NULL,'photo',1794823200,'scalp','{"path": "/home/me/Bilder/Stirn \u00e4.jpg", "sha256": "abababababababababababababababababababababababababababababababab", "text": ""}',1795255230,NULL,1055928696);
INSERT INTO "entries" VALUES(10,1,0,NULL,'plan',1795255200,'face','{"sessions": 6}',1795255230,NULL,2542088203);
INSERT INTO "entries" VALUES(11,42,0,3,'head',1795255200,NULL,'{"text": "a try"}',1795255240,NULL,3422764463);
INSERT INTO "entries" VALUES(12,378254725,0,1,'policy',0,NULL,'{"policy":"1;revision=0;needle_um=500;rest_h=672;short_rest=0;clinic_rest_h=672;reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;soak_after_min=10;dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;head_warn_uses=8;head_uses=10;head_days=90;zones=face"}',0,NULL,1161335120);
INSERT INTO "entries" VALUES(13,985062858,0,2,'policy',0,NULL,'{"policy":"1;revision=9;needle_um=1000;rest_h=1008;short_rest=0;clinic_rest_h=672;reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;soak_after_min=10;dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;head_warn_uses=2;head_uses=3;head_days=90;zones=chin,scalp"}',0,NULL,4281754567);
INSERT INTO "entries" VALUES(14,4294967290,77,NULL,'undo',1795168200,NULL,'{"token": 1}',1795168200,NULL,1272464455);
INSERT INTO "entries" VALUES(15,2479425045,77,NULL,'person',0,NULL,'{"name":"Ben"}',0,NULL,2604392219);
INSERT INTO "entries" VALUES(16,3997067381,0,1,'case name',0,NULL,'{"name":"bathroom"}',0,NULL,3032026763);
INSERT INTO "entries" VALUES(17,2176407884,0,3,'case name',0,NULL,'{"name":"practice"}',0,NULL,3438133858);
INSERT INTO "entries" VALUES(18,2327069666,0,1,'owner',0,NULL,'{"log":"0001020304050607"}',0,NULL,3936234829);
INSERT INTO "entries" VALUES(19,1543853333,0,1,'owner',0,NULL,'{"log":"08090a0b0c0d0e0f"}',0,NULL,2224943120);
INSERT INTO "entries" VALUES(20,1319454836,77,2,'owner',0,NULL,'{"log":"f0f0f0f0f0f0f0f0"}',0,NULL,4294444586);
CREATE TABLE flipped (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    raw BLOB NOT NULL, crc INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "flipped" VALUES(2,3,X'0300000003000100060300003E35F40CDB1FCB45FA000000000000006C977442',3452103790);
CREATE TABLE forgotten (
    token INTEGER PRIMARY KEY
, crc INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "forgotten" VALUES(4294967291,526048657);
CREATE TABLE forgotten_logs (
    device TEXT NOT NULL,
    log TEXT NOT NULL, crc INTEGER NOT NULL DEFAULT 0,                -- the log's id, hex; of a fork, the id of the case's log
    PRIMARY KEY (device, log)
) STRICT, WITHOUT ROWID;
INSERT INTO "forgotten_logs" VALUES('e6614104032d7a2f','0f0e0d0c0b0a0908',3400092031);
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    log TEXT NOT NULL, person INTEGER REFERENCES persons (token), generation INTEGER, follows TEXT, fork_of INTEGER REFERENCES logs (id), state BLOB, state_seq INTEGER, crc INTEGER NOT NULL DEFAULT 0,                -- the log's id, hex
    UNIQUE (case_id, log)
) STRICT;
INSERT INTO "logs" VALUES(1,1,'0001020304050607',0,NULL,NULL,NULL,NULL,NULL,2683836058);
INSERT INTO "logs" VALUES(2,1,'08090a0b0c0d0e0f',0,2,'0001020304050607',NULL,NULL,NULL,830892852);
INSERT INTO "logs" VALUES(3,2,'f0f0f0f0f0f0f0f0',77,NULL,NULL,NULL,NULL,NULL,2122750244);
INSERT INTO "logs" VALUES(4,3,'abababababababab',NULL,NULL,NULL,NULL,NULL,NULL,3850047062);
INSERT INTO "logs" VALUES(5,2,'f0f0f0f0f0f0f0f00a0b0c0d',77,NULL,NULL,3,NULL,NULL,2004662238);
CREATE TABLE milestones (
    log_id INTEGER PRIMARY KEY REFERENCES logs (id),
    seq INTEGER NOT NULL,             -- of the first record after it
    data TEXT NOT NULL                -- JSON, see `history/milestones.py`
) STRICT;
INSERT INTO "milestones" VALUES(1,1,'{}');
CREATE TABLE persons (
    token INTEGER PRIMARY KEY,        -- 0: who uses this computer, called me
    name TEXT NOT NULL
, crc INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "persons" VALUES(0,'me',306970558);
INSERT INTO "persons" VALUES(77,'Ben',93172789);
CREATE TABLE policies (
    digest INTEGER PRIMARY KEY,
    policy TEXT NOT NULL
) STRICT;
INSERT INTO "policies" VALUES(1170939867,'1;revision=1;needle_um=250;rest_h=168;short_rest=0;clinic_rest_h=672;reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;soak_after_min=10;dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;head_warn_uses=8;head_uses=10;head_days=90;zones=face,scalp');
CREATE TABLE quarantine (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    raw BLOB NOT NULL,
    chain INTEGER NOT NULL,           -- the CRC that it should be chained to
    reason TEXT NOT NULL, crc INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "quarantine" VALUES(2,7,X'07000000070101009A010000D236F40C030A00000100000000000000A0578E5D',2618082465,'its checksum does not fit',252646667);
CREATE TABLE "records" (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    raw BLOB NOT NULL,                -- 32 bytes, as the case wrote them; see firmware/SPEC.md
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "records" VALUES(1,1,X'01000000010001000000000000000000010000000000000000000000C314F084');
INSERT INTO "records" VALUES(2,1,X'01000000010001000000000000000000010000000000000000000000BFA312AF');
INSERT INTO "records" VALUES(2,2,X'0200000002000100050000003D35F40C050000000100000000000000043C47F0');
INSERT INTO "records" VALUES(2,3,X'0300000003000100060000003E35F40CDB1FCB45FA000000000000006C977442');
INSERT INTO "records" VALUES(2,4,X'0400000006000100640000009C35F40C01DB1FCB45000000000000004B91B5D0');
INSERT INTO "records" VALUES(2,5,X'0500000007000100540100008C36F40C01F0000000000000000000000D91E638');
INSERT INTO "records" VALUES(2,6,X'060000000601010090010000C836F40C01DB1FCB4500000000000000A1C40C9C');
INSERT INTO "records" VALUES(2,8,X'0800000006010100F80200003038F40C01DB1FCB450000000000000030C43EB5');
INSERT INTO "records" VALUES(2,9,X'0900000007010100E80300002039F40C01F000000000000000000000A9CCB63A');
INSERT INTO "records" VALUES(3,1,X'01000000010001000000000000000000010000000000000000000000EA7138C9');
INSERT INTO "records" VALUES(3,2,X'0200000002000100050000003D35F40C050000000100000000000000B5AA9291');
INSERT INTO "records" VALUES(3,3,X'0300000003000100060000003E35F40CDB1FCB45FA0000000000000046B18897');
INSERT INTO "records" VALUES(3,4,X'0400000006000100640000009C35F40C01DB1FCB45000000000000000A837D34');
INSERT INTO "records" VALUES(3,5,X'0500000007000100540100008C36F40C01F000000000000000000000729AE249');
INSERT INTO "records" VALUES(4,1,X'01000000010001000000000000000000010000000000000000000000DF6D47D3');
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
INSERT INTO "reminders" VALUES('alcohol/00000007',0,'json-1a2b3c4d',1800000000,'failed',1800000001,1,3,2981865396);
INSERT INTO "reminders" VALUES('check/0/1',4294967295,'desktop',1800000000,'missed',1800200000,0,0,2524838120);
INSERT INTO "reminders" VALUES('clean/5c1f0a2b3c4d5e6f/0807060504030201-5/1',0,'desktop',1795169940,'sent',1795170000,0,1,2535301678);
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,              -- JSON
    crc INTEGER NOT NULL DEFAULT 0    -- as in step 9
) STRICT, WITHOUT ROWID;
INSERT INTO "settings" VALUES('share','{"place": "/mnt/shelf"}',444934166);
CREATE INDEX policy_records ON records (log_id, seq) WHERE substr(raw, 5, 1) = x'03';
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
CREATE TRIGGER setting_added AFTER INSERT ON settings BEGIN
    UPDATE settings SET crc = row_crc(NEW.name, NEW.value) WHERE name = NEW.name;
END;
CREATE TRIGGER setting_changed AFTER UPDATE OF name, value ON settings
WHEN OLD.crc = row_crc(OLD.name, OLD.value) BEGIN
    UPDATE settings SET crc = row_crc(NEW.name, NEW.value) WHERE name = NEW.name;
END;
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
COMMIT;
