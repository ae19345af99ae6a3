-- The last transaction of each gateway's writer, written in that transaction: whether a COMMIT whose
-- answer was lost took place is read here (postgres/session.h). A transaction's own number would not
-- do: a server that crashed, or a standby that took over, may give it again.
CREATE TABLE writer (
    id text COLLATE "C" PRIMARY KEY,
    transaction bigint NOT NULL,
    seen timestamptz NOT NULL DEFAULT now()
)
WITH (fillfactor = 20);
