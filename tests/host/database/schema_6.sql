PRAGMA application_id = 1380928588;
PRAGMA user_version = 6;
BEGIN TRANSACTION;
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
INSERT INTO "calendar_events" VALUES('rest-mine@rollcase',0,2,1795000000,1797000000,1797003600,0,'Rested','From now on.');
CREATE TABLE carried (
    log_id INTEGER NOT NULL REFERENCES logs (id), -- the log that was told
    origin INTEGER NOT NULL,          -- the CRC of device, log and seq of the record that it is from
    zone INTEGER NOT NULL,            -- of the log that was told; 255: all its zones
    at INTEGER NOT NULL,              -- the latest that it can have been
    what INTEGER NOT NULL,            -- 1: a use, 2: a session at a clinic
    needle_um INTEGER NOT NULL,       -- 0: not known
    token INTEGER,                    -- of the entry that it is from; NULL: it is from no entry
    PRIMARY KEY (log_id, origin, zone, at)
) STRICT, WITHOUT ROWID;
INSERT INTO "carried" VALUES(2,4294967295,255,1795168140,1,250,NULL);
CREATE TABLE case_states (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "case_states" VALUES(3,0,X'0201');
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
) STRICT;
INSERT INTO "cases" VALUES(1,'5c1f0a2b3c4d5e6f','bathroom','pico','0.1.0',2,1795255200,3,1795255200,3);
INSERT INTO "cases" VALUES(2,'00ff00ff00ff00ff',NULL,'pico2_w','0.1.0',3,1795255260,-2,NULL,NULL);
INSERT INTO "cases" VALUES(3,'virtual-0001','practice','virtual','0.1.0',NULL,NULL,NULL,NULL,NULL);
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
) STRICT;
INSERT INTO "entries" VALUES(1,4294967295,0,NULL,'note',1795255200,NULL,'{"text": "=1+1, \"calm\"; \u00fc\n"}',1795255200,NULL);
INSERT INTO "entries" VALUES(2,4000000000,0,1,'head',1795255200,NULL,'{"text": ""}',1795255200,NULL);
INSERT INTO "entries" VALUES(3,7,0,NULL,'clinic',1794996000,'face','{"needle_um": 1500, "text": ""}',1795255200,NULL);
INSERT INTO "entries" VALUES(4,2147483648,0,NULL,'reaction',1795168800,'face','{"signs": ["redness", "swelling"], "text": "red ''n'' hot"}',1795255210,NULL);
INSERT INTO "entries" VALUES(5,1111111111,0,NULL,'follow-up',1795212000,'face','{"reaction": 2147483648, "signs": [], "text": ""}',1795255210,NULL);
INSERT INTO "entries" VALUES(6,2222222222,0,NULL,'reaction over',1795255200,'face','{"reaction": 2147483648, "text": ""}',1795255210,NULL);
INSERT INTO "entries" VALUES(7,3333333333,0,2,'hold',1795255200,NULL,'{"reason": 5, "until": 4294967295}',1795255220,NULL);
INSERT INTO "entries" VALUES(8,123456789,0,NULL,'hold',1795255200,NULL,'{"reason": 0, "until": 0}',1795255220,NULL);
INSERT INTO "entries" VALUES(9,987654321,0,NULL,'photo',1794823200,'scalp','{"path": "/home/me/Bilder/Stirn \u00e4.jpg", "sha256": "abababababababababababababababababababababababababababababababab", "text": ""}',1795255230,NULL);
INSERT INTO "entries" VALUES(10,1,0,NULL,'plan',1795255200,'face','{"sessions": 6}',1795255230,NULL);
INSERT INTO "entries" VALUES(11,42,0,3,'head',1795255200,NULL,'{"text": "a try"}',1795255240,NULL);
INSERT INTO "entries" VALUES(12,378254725,0,1,'policy',0,NULL,'{"policy":"1;revision=0;needle_um=500;rest_h=672;short_rest=0;clinic_rest_h=672;reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;soak_after_min=10;dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;head_warn_uses=8;head_uses=10;head_days=90;zones=face"}',0,NULL);
INSERT INTO "entries" VALUES(13,985062858,0,2,'policy',0,NULL,'{"policy":"1;revision=9;needle_um=1000;rest_h=1008;short_rest=0;clinic_rest_h=672;reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;soak_after_min=10;dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;head_warn_uses=2;head_uses=3;head_days=90;zones=chin,scalp"}',0,NULL);
INSERT INTO "entries" VALUES(14,4294967290,77,NULL,'undo',1795168200,NULL,'{"token": 1}',1795168200,NULL);
INSERT INTO "entries" VALUES(15,2479425045,77,NULL,'person',0,NULL,'{"name":"Ben"}',0,NULL);
INSERT INTO "entries" VALUES(16,3997067381,0,1,'case name',0,NULL,'{"name":"bathroom"}',0,NULL);
INSERT INTO "entries" VALUES(17,2176407884,0,3,'case name',0,NULL,'{"name":"practice"}',0,NULL);
INSERT INTO "entries" VALUES(18,2327069666,0,1,'owner',0,NULL,'{"log":"0001020304050607"}',0,NULL);
INSERT INTO "entries" VALUES(19,1543853333,0,1,'owner',0,NULL,'{"log":"08090a0b0c0d0e0f"}',0,NULL);
INSERT INTO "entries" VALUES(20,1319454836,77,2,'owner',0,NULL,'{"log":"f0f0f0f0f0f0f0f0"}',0,NULL);
CREATE TABLE flipped (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    raw BLOB NOT NULL,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "flipped" VALUES(2,3,X'0300000003000100060300003E35F40CDB1FCB45FA000000000000006C977442');
CREATE TABLE forgotten (
    token INTEGER PRIMARY KEY
) STRICT;
INSERT INTO "forgotten" VALUES(4294967291);
CREATE TABLE forgotten_logs (
    device TEXT NOT NULL,
    log TEXT NOT NULL,                -- the log's id, hex; of a fork, the id of the case's log
    PRIMARY KEY (device, log)
) STRICT, WITHOUT ROWID;
INSERT INTO "forgotten_logs" VALUES('e6614104032d7a2f','0f0e0d0c0b0a0908');
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    log TEXT NOT NULL, person INTEGER REFERENCES persons (token), generation INTEGER, follows TEXT, fork_of INTEGER REFERENCES logs (id), state BLOB, state_seq INTEGER,                -- the log's id, hex
    UNIQUE (case_id, log)
) STRICT;
INSERT INTO "logs" VALUES(1,1,'0001020304050607',0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "logs" VALUES(2,1,'08090a0b0c0d0e0f',0,2,'0001020304050607',NULL,NULL,NULL);
INSERT INTO "logs" VALUES(3,2,'f0f0f0f0f0f0f0f0',77,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "logs" VALUES(4,3,'abababababababab',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "logs" VALUES(5,2,'f0f0f0f0f0f0f0f00a0b0c0d',77,NULL,NULL,3,NULL,NULL);
CREATE TABLE persons (
    token INTEGER PRIMARY KEY,        -- 0: who uses this computer, called me
    name TEXT NOT NULL
) STRICT;
INSERT INTO "persons" VALUES(0,'me');
INSERT INTO "persons" VALUES(77,'Ben');
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
    reason TEXT NOT NULL,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "quarantine" VALUES(2,7,X'07000000070101009A010000D236F40C030A00000100000000000000A0578E5D',2618082465,'its checksum does not fit');
CREATE TABLE records (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    raw BLOB NOT NULL,                -- 32 bytes
    kind TEXT NOT NULL,
    zone INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    uptime_s INTEGER NOT NULL,
    case_time INTEGER NOT NULL,       -- as stamped, never corrected here
    data TEXT NOT NULL,               -- JSON: the fields of its kind, as numbers
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "records" VALUES(1,1,X'01000000010001000000000000000000010000000000000000000000C314F084','boot',0,1,0,1577836800,'{"cause": 1, "torn": 0}');
INSERT INTO "records" VALUES(2,1,X'01000000010001000000000000000000010000000000000000000000BFA312AF','boot',0,1,0,1577836800,'{"cause": 1, "torn": 0}');
INSERT INTO "records" VALUES(2,2,X'0200000002000100050000003D35F40C050000000100000000000000043C47F0','clock_set',0,1,5,1795167805,'{"forced": 0, "old": 5, "source": 1}');
INSERT INTO "records" VALUES(2,3,X'0300000003000100060000003E35F40CDB1FCB45FA000000000000006C977442','policy_set',0,1,6,1795167806,'{"digest": 1170939867, "kept": 0, "needle_um": 250}');
INSERT INTO "records" VALUES(2,4,X'0400000006000100640000009C35F40C01DB1FCB45000000000000004B91B5D0','use_started',0,1,100,1795167900,'{"digest": 1170939867, "how": 1}');
INSERT INTO "records" VALUES(2,5,X'0500000007000100540100008C36F40C01F0000000000000000000000D91E638','use_ended',0,1,340,1795168140,'{"how": 1, "seconds": 240}');
INSERT INTO "records" VALUES(2,6,X'060000000601010090010000C836F40C01DB1FCB4500000000000000A1C40C9C','use_started',1,1,400,1795168200,'{"digest": 1170939867, "how": 1}');
INSERT INTO "records" VALUES(2,8,X'0800000006010100F80200003038F40C01DB1FCB450000000000000030C43EB5','use_started',1,1,760,1795168560,'{"digest": 1170939867, "how": 1}');
INSERT INTO "records" VALUES(2,9,X'0900000007010100E80300002039F40C01F000000000000000000000A9CCB63A','use_ended',1,1,1000,1795168800,'{"how": 1, "seconds": 240}');
INSERT INTO "records" VALUES(3,1,X'01000000010001000000000000000000010000000000000000000000EA7138C9','boot',0,1,0,1577836800,'{"cause": 1, "torn": 0}');
INSERT INTO "records" VALUES(3,2,X'0200000002000100050000003D35F40C050000000100000000000000B5AA9291','clock_set',0,1,5,1795167805,'{"forced": 0, "old": 5, "source": 1}');
INSERT INTO "records" VALUES(3,3,X'0300000003000100060000003E35F40CDB1FCB45FA0000000000000046B18897','policy_set',0,1,6,1795167806,'{"digest": 1170939867, "kept": 0, "needle_um": 250}');
INSERT INTO "records" VALUES(3,4,X'0400000006000100640000009C35F40C01DB1FCB45000000000000000A837D34','use_started',0,1,100,1795167900,'{"digest": 1170939867, "how": 1}');
INSERT INTO "records" VALUES(3,5,X'0500000007000100540100008C36F40C01F000000000000000000000729AE249','use_ended',0,1,340,1795168140,'{"how": 1, "seconds": 240}');
INSERT INTO "records" VALUES(4,1,X'01000000010001000000000000000000010000000000000000000000DF6D47D3','boot',0,1,0,1577836800,'{"cause": 1, "torn": 0}');
COMMIT;
