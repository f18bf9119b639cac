-- Learned templates, and which of them made a record.

CREATE TABLE templates (
  id TEXT PRIMARY KEY,                     -- beginning of the SHA-256 of template and schema
  schema TEXT NOT NULL,                    -- name of the schema
  schema_sha256 TEXT NOT NULL,             -- fingerprint of the schema: under another one it is not used
  filter TEXT NOT NULL,                    -- topic filter of the route that it is for; empty: every route
  origin TEXT NOT NULL CHECK (origin IN ('taught', 'learned')), -- by a person, or from a model
  state TEXT NOT NULL                      -- only active ones are used
    CHECK (state IN ('candidate', 'active', 'disabled', 'demoted')),
  pattern TEXT NOT NULL,                   -- as people read it
  document TEXT NOT NULL CHECK (json_valid(document)), -- the template
  guard TEXT NOT NULL CHECK (json_valid(guard)), -- words that no free text in it may hold
  agreed INTEGER NOT NULL,                 -- examples that it was made of or held against
  changed_at REAL NOT NULL                 -- Unix seconds
) STRICT;

CREATE TABLE template_changes (
  number INTEGER NOT NULL                  -- rises with each change: the agent looks at it, and reads them anew
) STRICT;
INSERT INTO template_changes VALUES (0);
CREATE TRIGGER templates_added AFTER INSERT ON templates BEGIN UPDATE template_changes SET number = number + 1; END;
CREATE TRIGGER templates_changed AFTER UPDATE ON templates BEGIN UPDATE template_changes SET number = number + 1; END;
CREATE TRIGGER templates_removed AFTER DELETE ON templates BEGIN UPDATE template_changes SET number = number + 1; END;

ALTER TABLE records ADD COLUMN
  template TEXT                  -- id of the template that made it; null where a model did
  DEFAULT NULL;

DROP VIEW v_records;
CREATE VIEW v_records AS
-- One row per extracted message: raw text, value, and where each part of the value stands in the text. Newest first:
-- ORDER BY seq DESC, which needs no sorting, because inbox is always the outer loop (CROSS JOIN).
SELECT i.id, i.received_at, i.topic, i.device, r.schema, r.schema_version, r.schema_sha256, r.tier, r.model,
  r.confidence, r.value, r.evidence, i.text, i.state, i.finished_at AS published_at, r.tokens, r.seconds,
  i.configuration, i.qos, i.retained, i.record, i.seq, r.schema_id, r.timings, i.settled_at, i.redacted, i.hops,
  r.template
FROM inbox i CROSS JOIN records r ON r.seq = i.seq;

CREATE VIEW v_templates AS
-- One row per learned template.
SELECT id, schema, schema_sha256, filter, origin, state, pattern, agreed, changed_at FROM templates;
