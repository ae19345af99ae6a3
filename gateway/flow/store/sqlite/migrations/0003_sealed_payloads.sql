-- Payloads encrypted at rest (flow/store/README.md, "Encryption at rest").

-- Each wraps the keys of some payloads; the blob names the master key that unwraps it. Apart from
-- payload: a row is small, so that a new master key costs little, and to destroy one destroys all
-- that it sealed.
CREATE TABLE data_key (
    id INTEGER PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT;

-- The master keys that data_key may need.
CREATE TABLE master_key (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- NULL where codec is plain.
ALTER TABLE payload ADD COLUMN data_key INTEGER REFERENCES data_key (id);
