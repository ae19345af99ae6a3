-- How often in a row the same failure came, from when the time for retries counts, and whether the
-- later ones of its lane wait for a quarantined delivery (1) or go on (0).
ALTER TABLE delivery ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;

ALTER TABLE delivery ADD COLUMN budget_from INTEGER NOT NULL DEFAULT 0;

ALTER TABLE delivery ADD COLUMN blocks INTEGER NOT NULL DEFAULT 0;

UPDATE delivery SET budget_from = created WHERE state <> 'delivered';

DROP INDEX delivery_lane;

CREATE INDEX delivery_lane ON delivery (destination, order_key)
WHERE state IN ('pending', 'leased', 'held') OR blocks = 1;
