-- The record families of one gateway. Times are microseconds since 1970 UTC; states are the words
-- of flow/message. Rows refer to messages by sequence, not by id: ids are random, sequences grow,
-- and an index that grows at its end dirties few pages a commit.

-- Everything that may hold patient data, in one place: encoded and decoded by payload.h alone.
CREATE TABLE payload (
    id INTEGER PRIMARY KEY,
    codec INTEGER NOT NULL,
    digest BLOB NOT NULL, -- SHA-256 of the decoded bytes
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE message (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    partner TEXT NOT NULL,
    authenticated_by TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    order_key TEXT NOT NULL,
    content_type TEXT NOT NULL,
    control_id TEXT NOT NULL,
    duplicate_key TEXT NOT NULL,
    duplicate_digest BLOB NOT NULL,
    received INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    settings_hash TEXT NOT NULL,
    payload INTEGER NOT NULL REFERENCES payload (id)
) STRICT;

CREATE INDEX message_by_state ON message (state);

-- Who holds a duplicate key. Apart from message, since a key passes on when its time is over.
CREATE TABLE duplicate (
    partner TEXT NOT NULL,
    duplicate_key TEXT NOT NULL,
    message INTEGER NOT NULL REFERENCES message (sequence),
    received INTEGER NOT NULL,
    PRIMARY KEY (partner, duplicate_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE answer (
    message INTEGER PRIMARY KEY REFERENCES message (sequence),
    content_type TEXT NOT NULL,
    code TEXT NOT NULL,
    at INTEGER NOT NULL,
    payload INTEGER NOT NULL REFERENCES payload (id)
) STRICT;

-- A lane is (destination, order_key); its unfinished deliveries are pending, leased or held.
-- `head` is 1 for the one whose turn it is, kept by the writer, so that finding what is due costs
-- the same with ten deliveries waiting and with a million.
CREATE TABLE delivery (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    message INTEGER NOT NULL REFERENCES message (sequence),
    referral TEXT NOT NULL,
    destination TEXT NOT NULL,
    kind TEXT NOT NULL,
    order_key TEXT NOT NULL,
    title TEXT NOT NULL,
    content_type TEXT NOT NULL,
    target TEXT NOT NULL,
    created INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL,
    lease INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    head INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    payload INTEGER NOT NULL REFERENCES payload (id)
) STRICT;

CREATE INDEX delivery_by_message ON delivery (message);

CREATE INDEX delivery_lane ON delivery (destination, order_key)
WHERE state IN ('pending', 'leased', 'held');

CREATE INDEX delivery_due ON delivery (destination, next_attempt)
WHERE head = 1 AND state = 'pending';

CREATE INDEX delivery_leased ON delivery (destination, lease_until)
WHERE state = 'leased';

CREATE INDEX delivery_unfinished ON delivery (state, destination)
WHERE state <> 'delivered';

-- Hash-chained by the writer in commit order (flow/message/audit_record.h).
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    message TEXT NOT NULL,
    referral TEXT NOT NULL,
    delivery TEXT NOT NULL,
    outcome TEXT NOT NULL,
    digest TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE trace (
    id INTEGER PRIMARY KEY,
    message INTEGER REFERENCES message (sequence),
    referral TEXT,
    at INTEGER NOT NULL,
    stage TEXT NOT NULL,
    text TEXT NOT NULL,
    measures TEXT NOT NULL -- name=value, separated by blanks
) STRICT;

CREATE INDEX trace_by_message ON trace (message) WHERE message IS NOT NULL;

CREATE INDEX trace_by_referral ON trace (referral) WHERE referral IS NOT NULL;

-- One row a Task: a referral that goes to several performers has several.
CREATE TABLE referral (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    task TEXT NOT NULL,
    version INTEGER NOT NULL,
    placer_token TEXT NOT NULL,
    source TEXT NOT NULL,
    destination TEXT NOT NULL,
    message TEXT NOT NULL,
    status TEXT NOT NULL,
    business_status TEXT NOT NULL,
    opened INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    UNIQUE (id, task)
) STRICT;

CREATE INDEX referral_by_placer ON referral (placer_token);

CREATE INDEX referral_by_task ON referral (task);

-- Append-only: a version is never changed.
CREATE TABLE resource (
    sequence INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    message TEXT NOT NULL,
    map_hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    payload INTEGER NOT NULL REFERENCES payload (id),
    UNIQUE (type, id, version)
) STRICT;

-- Holds for the version it names; a token whose version is not the latest finds nothing.
CREATE TABLE search_token (
    type TEXT NOT NULL,
    parameter TEXT NOT NULL,
    token TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (type, parameter, token, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
    sequence INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE artefact (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    payload INTEGER NOT NULL REFERENCES payload (id)
) STRICT, WITHOUT ROWID;
