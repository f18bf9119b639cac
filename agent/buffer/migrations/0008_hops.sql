-- Agents that read each other are noticed by how many a message has gone through.

ALTER TABLE inbox ADD COLUMN
  hops INTEGER NOT NULL          -- agents that it has gone through before; 0: it comes from a device
  DEFAULT 0;

DROP VIEW v_records;
CREATE VIEW v_records AS
-- One row per extracted message: raw text, value, and where each part of the value stands in the text. Newest first:
-- ORDER BY seq DESC, which needs no sorting, because inbox is always the outer loop (CROSS JOIN).
SELECT i.id, i.received_at, i.topic, i.device, r.schema, r.schema_version, r.schema_sha256, r.tier, r.model,
  r.confidence, r.value, r.evidence, i.text, i.state, i.finished_at AS published_at, r.tokens, r.seconds,
  i.configuration, i.qos, i.retained, i.record, i.seq, r.schema_id, r.timings, i.settled_at, i.redacted, i.hops
FROM inbox i CROSS JOIN records r ON r.seq = i.seq;
