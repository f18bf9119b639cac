-- What people ask most is answered from an index; raw text can be searched; finished messages have an age.

-- Takes the place of inbox_waiting and inbox_claimed: the rows of every state, in order of arrival.
CREATE INDEX inbox_state ON inbox(state);
DROP INDEX inbox_waiting;
DROP INDEX inbox_claimed;
CREATE INDEX inbox_device ON inbox(device);
CREATE INDEX inbox_received ON inbox(received_at);
CREATE INDEX inbox_reason ON inbox(reason) WHERE reason IS NOT NULL;

ALTER TABLE inbox ADD COLUMN
  redacted INTEGER NOT NULL      -- characters of the text that a redaction rule has hidden
  DEFAULT 0;
ALTER TABLE records ADD COLUMN
  schema_id TEXT NOT NULL        -- the schema's $id; empty where it has none
  DEFAULT '';
ALTER TABLE records ADD COLUMN
  timings TEXT NOT NULL          -- seconds of the extraction by step
  DEFAULT '{}' CHECK (json_valid(timings));

CREATE TABLE ages (
  number INTEGER PRIMARY KEY AUTOINCREMENT,-- order of the notes
  ran_s REAL NOT NULL,                     -- seconds that the agent has run so far, each pause counted up to a day
  at REAL NOT NULL,                        -- Unix seconds of the note
  seq INTEGER NOT NULL                     -- newest message at that time: it and all before it are at least so old
) STRICT;

CREATE TABLE search_progress (
  one INTEGER PRIMARY KEY CHECK (one = 1), -- there is one row
  seq INTEGER NOT NULL                     -- texts up to this message are in the index; 0: none
) STRICT;
INSERT INTO search_progress VALUES (1, 0);

-- The words of the raw texts; the texts themselves stay in inbox. Filled by the agent in portions, because a trigger
-- on every arrival would cost a quarter more bytes. Sizes of columns would only serve ranking.
CREATE VIRTUAL TABLE search USING fts5(text, content = 'inbox', content_rowid = 'seq', columnsize = 0);

-- What leaves or changes does so in the index too, also under a version that knows nothing of it.
CREATE TRIGGER search_removed AFTER DELETE ON inbox
WHEN old.text IS NOT NULL AND old.seq <= (SELECT seq FROM search_progress)
BEGIN
  INSERT INTO search (search, rowid, text) VALUES ('delete', old.seq, old.text);
END;

CREATE TRIGGER search_changed AFTER UPDATE OF text ON inbox
WHEN old.text IS NOT new.text AND old.seq <= (SELECT seq FROM search_progress)
BEGIN
  INSERT INTO search (search, rowid, text) SELECT 'delete', old.seq, old.text WHERE old.text IS NOT NULL;
  INSERT INTO search (rowid, text) SELECT new.seq, new.text WHERE new.text IS NOT NULL;
END;

DROP VIEW v_states;
CREATE VIEW v_states AS
-- One row per message: its state, and what contradicts it. Promise P2 holds where no row has a fault
-- and, once the agent is idle, every row is terminal.
SELECT i.seq, i.id, i.topic, i.device, i.state,
  i.state IN ('published', 'rejected', 'dropped') AS terminal,
  i.reason, i.received_at, i.settled_at, i.finished_at,
  CASE
    WHEN i.state = 'published' AND NOT EXISTS (SELECT 1 FROM records r WHERE r.seq = i.seq)
      THEN 'published without a record'
    WHEN i.state = 'published' AND EXISTS (SELECT 1 FROM outbox o WHERE o.seq = i.seq AND o.kind = 'data')
      THEN 'published and still in the outbox'
    WHEN i.state = 'ready' AND NOT EXISTS (SELECT 1 FROM records r WHERE r.seq = i.seq) THEN 'ready without a record'
    WHEN i.state = 'ready' AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.seq = i.seq AND o.kind = 'data')
      THEN 'ready and not in the outbox'
    WHEN i.state IN ('received', 'claimed', 'dropped') AND EXISTS (SELECT 1 FROM records r WHERE r.seq = i.seq)
      THEN i.state || ' with a record'
    WHEN i.state IN ('received', 'claimed', 'dropped', 'rejected')
      AND EXISTS (SELECT 1 FROM outbox o WHERE o.seq = i.seq AND o.kind = 'data')
      THEN i.state || ' with a record in the outbox'
  END AS fault
FROM inbox i;

DROP VIEW v_records;
CREATE VIEW v_records AS
-- One row per extracted message: raw text, value, and where each part of the value stands in the text. Newest first:
-- ORDER BY seq DESC, which needs no sorting, because inbox is always the outer loop (CROSS JOIN).
SELECT i.id, i.received_at, i.topic, i.device, r.schema, r.schema_version, r.schema_sha256, r.tier, r.model,
  r.confidence, r.value, r.evidence, i.text, i.state, i.finished_at AS published_at, r.tokens, r.seconds,
  i.configuration, i.qos, i.retained, i.record, i.seq, r.schema_id, r.timings, i.settled_at, i.redacted
FROM inbox i CROSS JOIN records r ON r.seq = i.seq;

DROP VIEW v_rejected;
CREATE VIEW v_rejected AS
-- One row per rejected or dropped message, with the reason and the tries that led to it.
SELECT i.id, i.received_at, i.topic, i.device, i.state, i.reason, i.detail, i.trail, i.text, i.size,
  lower(hex(i.sha256)) AS sha256, i.finished_at, i.configuration, i.qos, i.retained, i.record, i.raw,
  (SELECT h.id FROM inbox h WHERE h.seq = i.part_of) AS part_of, i.seq, i.redacted
FROM inbox i WHERE i.reason IS NOT NULL; -- by a check of the table: exactly the rejected and dropped ones

DROP VIEW v_latency;
CREATE VIEW v_latency AS
-- One row per finished message: seconds waiting and in extraction, in delivery, and in all. Never negative,
-- though the clock may have been set back in between.
SELECT i.id, i.device, i.state,
  max(0, i.settled_at - i.received_at) AS decided_s,
  max(0, i.finished_at - i.settled_at) AS delivered_s,
  max(0, i.finished_at - i.received_at) AS total_s,
  i.seq, i.received_at, i.finished_at,
  (SELECT r.seconds FROM records r WHERE r.seq = i.seq) AS extraction_s,
  (SELECT r.tier FROM records r WHERE r.seq = i.seq) AS tier
FROM inbox i WHERE i.finished_at IS NOT NULL;

CREATE VIEW v_search AS
-- Messages by the words of their text: WHERE words MATCH 'pump AND fault'. Newest first: ORDER BY seq DESC. Texts are
-- found a moment after they are decided.
SELECT s.search AS words, s.rowid AS seq, i.id, i.received_at, i.topic, i.device, i.state, i.reason, i.text,
  (SELECT r.schema FROM records r WHERE r.seq = s.rowid) AS schema,
  (SELECT r.value FROM records r WHERE r.seq = s.rowid) AS value
FROM search s JOIN inbox i ON i.seq = s.rowid;

CREATE VIEW v_events AS
-- One row per event: what happened to the agent, or to a message, and when.
SELECT e.number, e.at, e.kind, e.seq, i.id, e.detail FROM events e LEFT JOIN inbox i ON i.seq = e.seq;
