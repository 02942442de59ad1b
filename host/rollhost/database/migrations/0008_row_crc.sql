-- A checksum with each row of the tables that nothing else checks, so that `host verify` sees a bit
-- that the disk has changed: the CRC-32 of the columns before it, see `database/row_crc.py`.
ALTER TABLE entries ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE persons ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE carried ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE quarantine ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;

-- What has changed before is not seen: the rows count as they are now.
UPDATE entries SET crc = row_crc(id, token, person, case_id, kind, at, zone, data, written_at, basis);
UPDATE persons SET crc = row_crc(token, name);
UPDATE carried SET crc = row_crc(log_id, origin, zone, at, what, needle_um, token);
UPDATE quarantine SET crc = row_crc(log_id, seq, raw, chain, reason);
