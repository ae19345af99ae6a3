-- Who has a received message in hand (HL7's CA, a deadline), among the gateways on this database,
-- and what only one of them does at a time.

-- A message in state received belongs to the gateway `holder` as long as that one's duty lasts; the
-- lease rises with each that takes it over, and fences off the one of before.
ALTER TABLE message ADD COLUMN holder text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN lease bigint NOT NULL DEFAULT 0;

-- `holder` has it until then, and goes on by saying so again; `note` is what the next one must know.
CREATE TABLE duty (
    name text COLLATE "C" PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    until bigint NOT NULL,
    note text NOT NULL
)
WITH (fillfactor = 20);
