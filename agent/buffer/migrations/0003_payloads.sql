-- Payloads of several records, records of several payloads, what is left of Message Expiry on the way out.

ALTER TABLE inbox ADD COLUMN
  record INTEGER NOT NULL        -- place of the record among those of its payload, from 0
  DEFAULT 0;
ALTER TABLE inbox ADD COLUMN
  pending INTEGER NOT NULL       -- 1: it may be a part of a record, and waits to be joined to it; not to be claimed
  DEFAULT 0;
ALTER TABLE inbox ADD COLUMN
  part_of INTEGER                -- seq of the row that carries the record which this one is a part of; may outlive it
  DEFAULT NULL;
ALTER TABLE outbox ADD COLUMN
  expires_at REAL                -- Unix seconds after which nobody wants it; NULL: never
  DEFAULT NULL;

CREATE INDEX inbox_pending ON inbox(seq) WHERE state = 'received' AND pending = 1;

DROP VIEW v_records;
CREATE VIEW v_records AS
-- One row per extracted message: raw text, value, and where each part of the value stands in the text.
SELECT i.id, i.received_at, i.topic, i.device, r.schema, r.schema_version, r.schema_sha256, r.tier, r.model,
  r.confidence, r.value, r.evidence, i.text, i.state, i.finished_at AS published_at, r.tokens, r.seconds,
  i.configuration, i.qos, i.retained, i.record
FROM records r JOIN inbox i ON i.seq = r.seq;

DROP VIEW v_rejected;
CREATE VIEW v_rejected AS
-- One row per rejected or dropped message, with the reason and the tries that led to it.
SELECT i.id, i.received_at, i.topic, i.device, i.state, i.reason, i.detail, i.trail, i.text, i.size,
  lower(hex(i.sha256)) AS sha256, i.finished_at, i.configuration, i.qos, i.retained, i.record, i.raw,
  h.id AS part_of
FROM inbox i LEFT JOIN inbox h ON h.seq = i.part_of WHERE i.state IN ('rejected', 'dropped');
