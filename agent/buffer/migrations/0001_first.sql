-- First schema. Under promise P9 later steps only extend it: new tables, new columns with defaults, new views.

CREATE TABLE sessions (
  epoch INTEGER PRIMARY KEY,               -- number of the broker session, rising; rows of older epochs are never matched
  broker TEXT NOT NULL,                    -- host:port of the input broker
  client_id TEXT NOT NULL,                 -- client id that owns the session
  started_at REAL NOT NULL,                -- Unix seconds when the broker opened the session
  acked_seq INTEGER NOT NULL DEFAULT 0     -- the PUBACK of every row up to this one is known to have reached the broker
) STRICT;

CREATE TABLE inbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,   -- order of arrival; never used twice
  id TEXT NOT NULL UNIQUE,                 -- UUIDv7, given at the first commit, carried by every output
  received_at REAL NOT NULL,               -- Unix seconds on arrival
  topic TEXT NOT NULL,                     -- topic as received
  device TEXT NOT NULL,                    -- source, as one topic level: the line in which order is kept
  ordered INTEGER NOT NULL,                -- 1: order is kept within the device; 0: the route gives it up
  qos INTEGER NOT NULL,                    -- 0 or 1; at 0 the broker promised nothing
  retained INTEGER NOT NULL,               -- 1: a retained message, perhaps older than it looks
  epoch INTEGER REFERENCES sessions(epoch),-- broker session it came in
  packet_id INTEGER NOT NULL,              -- MQTT packet identifier in that session; 0 at QoS 0
  size INTEGER NOT NULL,                   -- bytes of the payload as received
  sha256 BLOB NOT NULL,                    -- digest of the whole payload as received
  text TEXT,                               -- payload decoded; NULL where it is too large or not text
  raw BLOB,                                -- first bytes of a payload that has no text
  expires_at REAL,                         -- Unix seconds after which nobody wants it; NULL: never
  state TEXT NOT NULL CHECK (state IN ('received', 'claimed', 'ready', 'published', 'rejected', 'dropped')),
                                           -- the last three are terminal
  reason TEXT,                             -- why it was rejected or dropped, one word
  detail TEXT,                             -- the reason in a sentence
  trail TEXT CHECK (trail IS NULL OR json_valid(trail)),
                                           -- tries that failed: [{schema, tier, outcome, confidence, detail}]
  attempts INTEGER NOT NULL DEFAULT 0,     -- claims so far; more than one after a crash
  lease_owner TEXT,                        -- run of the agent that holds the claim
  lease_until REAL,                        -- monotonic seconds of that run at which the claim lapses
  settled_at REAL,                         -- Unix seconds when its fate was decided
  finished_at REAL,                        -- Unix seconds when it became terminal
  CHECK ((state IN ('rejected', 'dropped')) = (reason IS NOT NULL)),
  CHECK ((state IN ('published', 'rejected', 'dropped')) = (finished_at IS NOT NULL))
) STRICT;

CREATE INDEX inbox_waiting ON inbox(seq) WHERE state = 'received';
CREATE INDEX inbox_lines ON inbox(device, seq) WHERE state = 'received';
CREATE INDEX inbox_claimed ON inbox(seq) WHERE state = 'claimed';

CREATE TABLE records (
  seq INTEGER PRIMARY KEY REFERENCES inbox(seq) ON DELETE CASCADE, -- the message it was extracted from
  schema TEXT NOT NULL,                    -- name of the schema
  schema_version TEXT NOT NULL,            -- version of the schema; empty where it has none
  schema_sha256 TEXT NOT NULL,             -- fingerprint of the schema, hex
  tier TEXT NOT NULL,                      -- tier that made it
  model TEXT NOT NULL,                     -- SHA-256 of the model file, hex; empty for tiers without one
  confidence REAL NOT NULL,                -- probability, 0 to 1, that the whole value is right
  value TEXT NOT NULL CHECK (json_valid(value)),       -- the JSON as published
  evidence TEXT NOT NULL CHECK (json_valid(evidence)), -- [{pointer, start, end, confidence, inferred}], offsets in characters of inbox.text
  tokens INTEGER NOT NULL,                 -- tokens the model read and wrote
  seconds REAL NOT NULL                    -- seconds the extraction took
) STRICT;

CREATE TABLE outbox (
  number INTEGER PRIMARY KEY AUTOINCREMENT,-- order of delivery
  seq INTEGER NOT NULL REFERENCES inbox(seq) ON DELETE CASCADE, -- the message it comes from
  kind TEXT NOT NULL CHECK (kind IN ('data', 'rejected')),      -- record or dead letter
  device TEXT NOT NULL,                    -- line in which order is kept
  topic TEXT NOT NULL,                     -- where it goes
  payload TEXT NOT NULL CHECK (json_valid(payload)),            -- what goes there
  properties TEXT NOT NULL CHECK (json_valid(properties)),      -- MQTT 5 user properties: [[name, value]]
  attempts INTEGER NOT NULL DEFAULT 0,     -- refusals by the output broker so far
  not_before REAL NOT NULL DEFAULT 0       -- Unix seconds before which it is not tried again
) STRICT;

CREATE INDEX outbox_seq ON outbox(seq);
CREATE INDEX outbox_held ON outbox(device, not_before) WHERE not_before > 0;

CREATE TABLE events (
  number INTEGER PRIMARY KEY AUTOINCREMENT,-- order of events
  at REAL NOT NULL,                        -- Unix seconds
  kind TEXT NOT NULL,                      -- what happened, one word
  seq INTEGER,                             -- the message concerned; NULL: the agent as a whole. May outlive the message
  detail TEXT NOT NULL CHECK (json_valid(detail)) -- the facts
) STRICT;

CREATE TABLE counters (
  name TEXT PRIMARY KEY,                   -- what is counted
  value INTEGER NOT NULL                   -- since the file was made; survives retention
) STRICT;

CREATE VIEW v_states AS
-- One row per message: its state, and what contradicts it. Promise P2 holds where no row has a fault
-- and, once the agent is idle, every row is terminal.
SELECT i.seq, i.id, i.topic, i.device, i.state,
  i.state IN ('published', 'rejected', 'dropped') AS terminal,
  i.reason, i.received_at, i.settled_at, i.finished_at,
  CASE
    WHEN i.state = 'published' AND r.seq IS NULL THEN 'published without a record'
    WHEN i.state = 'published' AND EXISTS (SELECT 1 FROM outbox o WHERE o.seq = i.seq AND o.kind = 'data')
      THEN 'published and still in the outbox'
    WHEN i.state = 'ready' AND r.seq IS NULL THEN 'ready without a record'
    WHEN i.state = 'ready' AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.seq = i.seq AND o.kind = 'data')
      THEN 'ready and not in the outbox'
    WHEN i.state IN ('received', 'claimed', 'dropped') AND r.seq IS NOT NULL THEN i.state || ' with a record'
    WHEN i.state IN ('received', 'claimed', 'dropped', 'rejected')
      AND EXISTS (SELECT 1 FROM outbox o WHERE o.seq = i.seq AND o.kind = 'data') THEN i.state || ' with a record in the outbox'
  END AS fault
FROM inbox i LEFT JOIN records r ON r.seq = i.seq;

CREATE VIEW v_records AS
-- One row per extracted message: raw text, value, and where each part of the value stands in the text.
SELECT i.id, i.received_at, i.topic, i.device, r.schema, r.schema_version, r.schema_sha256, r.tier, r.model,
  r.confidence, r.value, r.evidence, i.text, i.state, i.finished_at AS published_at, r.tokens, r.seconds
FROM records r JOIN inbox i ON i.seq = r.seq;

CREATE VIEW v_rejected AS
-- One row per rejected or dropped message, with the reason and the tries that led to it.
SELECT i.id, i.received_at, i.topic, i.device, i.state, i.reason, i.detail, i.trail, i.text, i.size,
  lower(hex(i.sha256)) AS sha256, i.finished_at
FROM inbox i WHERE i.state IN ('rejected', 'dropped');

CREATE VIEW v_latency AS
-- One row per finished message: seconds waiting and in extraction, in delivery, and in all. Never negative,
-- though the clock may have been set back in between.
SELECT i.id, i.device, i.state,
  max(0, i.settled_at - i.received_at) AS decided_s,
  max(0, i.finished_at - i.settled_at) AS delivered_s,
  max(0, i.finished_at - i.received_at) AS total_s
FROM inbox i WHERE i.finished_at IS NOT NULL;
