-- What is known of each template's past, and where it and the model have differed.

CREATE TABLE template_standings (
  template TEXT PRIMARY KEY,               -- id of the template
  basis TEXT NOT NULL DEFAULT '',          -- tiers, models and thresholds by which it was judged
  signature TEXT NOT NULL DEFAULT '',      -- constant parts of the texts that it was learned from; empty where taught
  streak INTEGER NOT NULL DEFAULT 0,       -- checks that agreed in a row
  demotions INTEGER NOT NULL DEFAULT 0,    -- contradictions that are not forgiven
  served INTEGER NOT NULL DEFAULT 0,       -- records that it made, as of the last note
  checks INTEGER NOT NULL DEFAULT 0,       -- texts of it that the model has read too
  checked_at REAL,                         -- Unix seconds of the last one; null: never
  good_at REAL,                            -- the same of the last one that agreed
  good_seq INTEGER NOT NULL DEFAULT 0      -- row of its message: what was made later is not confirmed
) STRICT;

CREATE TABLE template_disputes (
  number INTEGER PRIMARY KEY,              -- order in which they were found
  template TEXT NOT NULL,                  -- id of the template
  origin TEXT NOT NULL,                    -- its origin
  at REAL NOT NULL,                        -- Unix seconds
  seq INTEGER NOT NULL,                    -- row of the message that both have read
  message TEXT NOT NULL,                   -- its id
  fields TEXT NOT NULL CHECK (json_valid(fields)), -- JSON pointers that differ; empty: the model makes no record of it
  tier TEXT NOT NULL,                      -- tier that read it otherwise
  after_seq INTEGER NOT NULL,              -- records of the template behind this row
  upto_seq INTEGER NOT NULL,               -- and up to this one are in doubt
  is_open INTEGER NOT NULL                 -- 1: a person has to decide
) STRICT;

-- Only what a register is made of counts as a change: what is noted of a template's past is in a table of its own.
CREATE TRIGGER templates_gone AFTER DELETE ON templates BEGIN
  DELETE FROM template_standings WHERE template = OLD.id;
  UPDATE template_disputes SET is_open = 0 WHERE template = OLD.id;
END;

DROP VIEW v_templates;
CREATE VIEW v_templates AS
-- One row per learned template.
SELECT t.id, t.schema, t.schema_sha256, t.filter, t.origin, t.state, t.pattern, t.agreed, t.changed_at,
  coalesce(s.streak, 0) AS streak, coalesce(s.demotions, 0) AS demotions, coalesce(s.served, 0) AS served,
  coalesce(s.checks, 0) AS checks, s.checked_at, s.good_at,
  (SELECT count(*) FROM template_disputes d WHERE d.template = t.id AND d.is_open) AS to_review
FROM templates t LEFT JOIN template_standings s ON s.template = t.id;

CREATE VIEW v_disputes AS
-- One row per text that a template and the model have read differently.
SELECT d.number, d.template, d.origin, d.at, d.message, d.fields, d.tier, d.is_open,
  (SELECT count(*) FROM records r WHERE r.template = d.template AND r.seq > d.after_seq AND r.seq <= d.upto_seq)
    AS suspects
FROM template_disputes d;

CREATE VIEW v_suspects AS
-- One row per record that a template made after its last good check and before the model contradicted it.
SELECT d.number AS dispute, d.template, i.id, i.received_at, i.topic, i.device, r.schema, r.value, i.text, i.state, i.seq
FROM template_disputes d CROSS JOIN records r ON r.seq > d.after_seq AND r.seq <= d.upto_seq AND r.template = d.template
CROSS JOIN inbox i ON i.seq = r.seq;
