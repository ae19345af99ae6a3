-- Retention (flow/store/README.md). When the data keys of what the message brought were destroyed;
-- 0: they are there.
ALTER TABLE message ADD COLUMN keys_destroyed bigint NOT NULL DEFAULT 0;

CREATE INDEX message_kept ON message (received, sequence)
WHERE keys_destroyed = 0;
