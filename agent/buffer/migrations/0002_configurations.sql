-- Which configuration each message was decided under.

CREATE TABLE configurations (
  number INTEGER PRIMARY KEY AUTOINCREMENT,-- order of configurations
  began_at REAL NOT NULL,                  -- Unix seconds when it came into force
  sha256 TEXT NOT NULL,                    -- fingerprint of the settings in effect and of the schemas that routes name, hex
  document TEXT NOT NULL CHECK (json_valid(document)) -- settings in effect by key, secrets hidden; schemas by fingerprint
) STRICT;

ALTER TABLE inbox ADD COLUMN
  configuration INTEGER NOT NULL -- number of the configuration that took it in; once decided, of the one that decided
  DEFAULT 0;                     -- 0: not known

DROP VIEW v_records;
CREATE VIEW v_records AS
-- One row per extracted message: raw text, value, and where each part of the value stands in the text.
SELECT i.id, i.received_at, i.topic, i.device, r.schema, r.schema_version, r.schema_sha256, r.tier, r.model,
  r.confidence, r.value, r.evidence, i.text, i.state, i.finished_at AS published_at, r.tokens, r.seconds,
  i.configuration
FROM records r JOIN inbox i ON i.seq = r.seq;

DROP VIEW v_rejected;
CREATE VIEW v_rejected AS
-- One row per rejected or dropped message, with the reason and the tries that led to it.
SELECT i.id, i.received_at, i.topic, i.device, i.state, i.reason, i.detail, i.trail, i.text, i.size,
  lower(hex(i.sha256)) AS sha256, i.finished_at, i.configuration
FROM inbox i WHERE i.state IN ('rejected', 'dropped');

CREATE VIEW v_configurations AS
-- One row per configuration that was in force.
SELECT number, began_at, sha256, document FROM configurations;
