-- Who has a received message in hand (HL7's CA, a deadline), among gateways that share a store, and
-- what only one of them does at a time. The file of one gateway has neither; its columns are there
-- so that reads and writes are the same everywhere.

-- A message in state received belongs to the gateway `holder` as long as that one's duty lasts; the
-- lease rises with each that takes it over, and fences off the one of before.
ALTER TABLE message ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;

-- `holder` has it until then, and goes on by saying so again; `note` is what the next one must know.
CREATE TABLE duty (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT, WITHOUT ROWID;
