-- Every statement of the hot path, named and described. Parameters are named after columns.

-- name: start_epoch
-- A broker session begins: older rows can no longer be redelivered.
INSERT INTO sessions (broker, client_id, started_at, acked_seq)
VALUES (:broker, :client_id, :started_at, (SELECT coalesce(max(seq), 0) FROM inbox));

-- name: last_epoch
-- The latest session of this broker and client id.
SELECT epoch, acked_seq FROM sessions WHERE broker = :broker AND client_id = :client_id
ORDER BY epoch DESC LIMIT 1;

-- name: last_seq
-- The newest row of the inbox; 0 where it is empty.
SELECT coalesce(max(seq), 0) FROM inbox;

-- name: unconfirmed
-- Payloads of a session whose PUBACK is not known to have reached the broker, oldest first, newest 65,535 at most
-- (a session has no more packet ids): the first record of each stands for all.
SELECT seq, id, packet_id, topic, sha256 FROM (
  SELECT seq, id, packet_id, topic, sha256 FROM inbox
  WHERE seq > :acked_seq AND epoch = :epoch AND packet_id > 0 AND record = 0 ORDER BY seq DESC LIMIT 65535
) ORDER BY seq;

-- name: confirm
-- The PUBACK of every row up to acked_seq is known to have reached the broker.
UPDATE sessions SET acked_seq = max(acked_seq, :acked_seq) WHERE epoch = :epoch;

-- name: append
-- A message arrives. A second commit of the same id, after a commit whose outcome was unknown, changes nothing.
INSERT INTO inbox (id, received_at, topic, device, ordered, qos, retained, epoch, packet_id, size, sha256, text, raw,
  expires_at, state, reason, detail, settled_at, finished_at, configuration, record, pending, redacted, hops)
VALUES (:id, :received_at, :topic, :device, :ordered, :qos, :retained, :epoch, :packet_id, :size, :sha256, :text, :raw,
  :expires_at, :state, :reason, :detail, :settled_at, :finished_at, :configuration, :record,
  :pending, :redacted, :hops)
ON CONFLICT (id) DO NOTHING;

-- name: known
-- Which of some ids are those of messages here.
SELECT id FROM inbox WHERE id IN (SELECT value FROM json_each(:ids));

-- name: seq_of
-- The row of a message.
SELECT seq FROM inbox WHERE id = :id;

-- name: waiting
-- The oldest rows that wait to be claimed, within a look-ahead, without those in hand and the held devices.
SELECT seq FROM (
  SELECT seq, device, ordered FROM inbox WHERE state = 'received' AND pending = 0 ORDER BY seq LIMIT :look_ahead
) WHERE NOT (ordered AND device IN (SELECT value FROM json_each(:held)))
  AND seq NOT IN (SELECT value FROM json_each(:in_hand)) ORDER BY seq LIMIT :limit;

-- name: waiting_elsewhere
-- The oldest row of each device that is not held, and of it not in hand: one step of an index per device and row in
-- hand, whatever the backlog.
WITH RECURSIVE line(device) AS (
  SELECT min(device) FROM inbox WHERE state = 'received'
  UNION ALL
  SELECT (SELECT min(device) FROM inbox WHERE state = 'received' AND device > line.device)
  FROM line WHERE line.device IS NOT NULL
)
SELECT seq FROM (
  SELECT (SELECT min(seq) FROM inbox WHERE state = 'received' AND pending = 0 AND device = line.device
    AND seq NOT IN (SELECT value FROM json_each(:in_hand))) AS seq
  FROM line WHERE device IS NOT NULL AND device NOT IN (SELECT value FROM json_each(:held))
) WHERE seq IS NOT NULL ORDER BY seq LIMIT :limit;

-- name: claim
-- What is to be known of rows that are taken in hand.
SELECT seq, id, topic, device, ordered, text, received_at, expires_at, attempts + 1, configuration, qos, hops,
  retained
FROM inbox WHERE seq IN (SELECT value FROM json_each(:seqs)) ORDER BY seq;

-- name: pending
-- Rows that may be parts of records, in order of arrival.
SELECT seq, id, topic, device, text, received_at, configuration, qos, hops, retained FROM inbox
WHERE state = 'received' AND pending = 1 AND seq > :after ORDER BY seq LIMIT :limit;

-- name: texts
-- The texts of some rows.
SELECT seq, text FROM inbox WHERE seq IN (SELECT value FROM json_each(:seqs));

-- name: join_head
-- The first line of a record carries all of it; rejected, it is terminal at once.
UPDATE inbox SET text = :text, redacted = :redacted, pending = 0, state = :state, reason = :reason, detail = :detail,
  settled_at = :at, finished_at = :at
WHERE seq = :seq AND state = 'received' AND pending = 1;

-- name: join_parts
-- The other lines of a record end as parts of it.
UPDATE inbox SET state = 'dropped', reason = 'joined', detail = :detail, part_of = :seq, pending = 0,
  text = iif(:kept, text, NULL), redacted = iif(:kept, 0, length(text)),
  settled_at = :at, finished_at = :at
WHERE state = 'received' AND pending = 1 AND seq IN (SELECT value FROM json_each(:parts));

-- name: return_claims
-- Give back what an older version had claimed when it ended: it wrote its claims down.
UPDATE inbox SET state = 'received', lease_owner = NULL, lease_until = NULL WHERE state = 'claimed';

-- name: still_waiting
-- Which of some rows wait for their fate. A number may have been given to another message, where the commit of the one
-- that was claimed has failed.
SELECT seq, id FROM inbox WHERE state = 'received' AND seq IN (SELECT value FROM json_each(:seqs));

-- name: settle
-- Decide the fate of a row that waits for it.
UPDATE inbox SET state = :state, reason = :reason, detail = :detail, trail = :trail, settled_at = :at,
  finished_at = :finished_at, attempts = attempts + 1, configuration = coalesce(:configuration, configuration)
WHERE seq = :seq AND state = 'received';

-- name: redact
-- Keep a text with its hidden characters covered.
UPDATE inbox SET text = :text, redacted = :redacted WHERE seq = :seq;

-- name: record
-- What was extracted from a row.
INSERT INTO records (seq, schema, schema_id, schema_version, schema_sha256, tier, model, confidence, value, evidence,
  tokens, seconds, timings, template)
VALUES (:seq, :schema, :schema_id, :schema_version, :schema_sha256, :tier, :model, :confidence, :value, :evidence,
  :tokens, :seconds, :timings, :template);

-- name: enqueue
-- Something to deliver.
INSERT INTO outbox (seq, kind, device, topic, payload, properties, expires_at)
VALUES (:seq, :kind, :device, :topic, :payload, :properties, :expires_at);

-- name: due
-- What to deliver next, in order, without devices whose head waits for its next try. No wait is longer than to
-- :latest: one that ends later was noted before the clock was set back.
SELECT o.number, i.id, o.kind, o.device, o.topic, o.payload, o.properties, o.attempts, o.expires_at,
  i.received_at
FROM outbox o JOIN inbox i ON i.seq = o.seq
WHERE o.number > :after
  AND NOT EXISTS (SELECT 1 FROM outbox held WHERE held.device = o.device AND held.not_before > 0
    AND held.not_before > :now AND held.not_before <= :latest)
ORDER BY o.number LIMIT :limit;

-- name: last_number
-- The newest row of the outbox; 0 where it is empty.
SELECT coalesce(max(number), 0) FROM outbox;

-- name: next_try
-- When the first held row may be tried again; NULL where none is held.
SELECT min(not_before) FROM outbox WHERE not_before > 0 AND not_before > :now;

-- name: publish_confirmed
-- The broker has confirmed these records: they are published.
UPDATE inbox SET state = 'published', finished_at = :at
WHERE state = 'ready' AND seq IN (
  SELECT seq FROM outbox WHERE kind = 'data' AND number IN (SELECT value FROM json_each(:numbers)));

-- name: remove_delivered
-- The broker has confirmed these: nothing is left to deliver.
DELETE FROM outbox WHERE number IN (SELECT value FROM json_each(:numbers));

-- name: postpone
-- The broker refused one for now.
UPDATE outbox SET attempts = attempts + 1, not_before = :not_before WHERE number = :number;

-- name: give_up
-- The broker refuses one for good: the message ends as rejected.
UPDATE inbox SET state = 'rejected', reason = 'undeliverable', detail = :detail, finished_at = :at
WHERE state = 'ready' AND seq = (SELECT seq FROM outbox WHERE number = :number AND kind = 'data');

-- name: expire
-- Nobody wants one any more: the message ends as dropped.
UPDATE inbox SET state = 'dropped', reason = 'expired', detail = :detail, finished_at = :at
WHERE state = 'ready' AND seq = (SELECT seq FROM outbox WHERE number = :number AND kind = 'data') RETURNING seq;

-- name: remove_one
-- Take one row out of the outbox.
DELETE FROM outbox WHERE number = :number;

-- name: rejected_choice
-- Rejected messages that have a text and fit a choice, in order of arrival; what is NULL is not asked for.
SELECT seq, reason, detail, trail, finished_at FROM inbox
WHERE state = 'rejected' AND text IS NOT NULL AND seq > :after
  AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)))
  AND (:reason IS NULL OR reason = :reason) AND (:device IS NULL OR device = :device)
  AND (:since IS NULL OR received_at >= :since) AND (:until IS NULL OR received_at < :until)
  AND (redacted = 0 OR :redacted)
ORDER BY seq LIMIT :limit;

-- name: rejected_unfit
-- Rejected messages that fit a choice and cannot go back: without a text, or with one that a rule has changed.
SELECT count(*) FROM inbox
WHERE state = 'rejected' AND (text IS NULL OR (redacted > 0 AND NOT :redacted))
  AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)))
  AND (:reason IS NULL OR reason = :reason) AND (:device IS NULL OR device = :device)
  AND (:since IS NULL OR received_at >= :since) AND (:until IS NULL OR received_at < :until);

-- name: put_back
-- Try rejected messages again, after a new schema, template or model. Whoever asks for that wants them, however late.
UPDATE inbox SET state = 'received', reason = NULL, detail = NULL, trail = NULL, settled_at = NULL, finished_at = NULL,
  configuration = 0, expires_at = NULL
WHERE state = 'rejected' AND seq IN (SELECT value FROM json_each(:seqs));

-- name: forget_record
-- A message that is put back, or dropped, has no record.
DELETE FROM records WHERE seq = :seq;

-- name: last_configuration
-- The newest configuration.
SELECT number, sha256, document FROM configurations ORDER BY number DESC LIMIT 1;

-- name: begin_configuration
-- Another configuration comes into force.
INSERT INTO configurations (began_at, sha256, document) VALUES (:began_at, :sha256, :document);

-- name: oldest_configuration
-- The oldest configuration with a message that is not decided; 0 where there is none. Numbers rise with seq, but for
-- messages that were put back, which have none.
SELECT coalesce(min(configuration), 0) FROM (
  SELECT * FROM (SELECT configuration FROM inbox WHERE state = 'received' AND configuration > 0 ORDER BY seq LIMIT 1)
  UNION ALL
  SELECT * FROM (SELECT configuration FROM inbox WHERE state = 'claimed' AND configuration > 0 ORDER BY seq LIMIT 1));

-- name: event
-- Something that a person who audits wants to know.
INSERT INTO events (at, kind, seq, detail) VALUES (:at, :kind, :seq, :detail);

-- name: count
-- Add to a counter.
INSERT INTO counters (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = value + excluded.value;

-- name: oldest_finished
-- The oldest terminal rows up to one, without those that still have something to deliver. Each state's rows come from
-- its index in order; what is not finished is not even looked at.
SELECT seq, state FROM (
  SELECT * FROM (SELECT seq, state FROM inbox WHERE state = 'published' AND seq <= :upto ORDER BY seq LIMIT :look_ahead)
  UNION ALL
  SELECT * FROM (SELECT seq, state FROM inbox WHERE state = 'rejected' AND seq <= :upto ORDER BY seq LIMIT :look_ahead)
  UNION ALL
  SELECT * FROM (SELECT seq, state FROM inbox WHERE state = 'dropped' AND seq <= :upto ORDER BY seq LIMIT :look_ahead)
) AS old WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.seq = old.seq) ORDER BY seq LIMIT :limit;

-- name: forget
-- Remove messages and all that belongs to them.
DELETE FROM inbox WHERE seq IN (SELECT value FROM json_each(:seqs));

-- name: forget_events_of
-- Remove what was written down about messages.
DELETE FROM events WHERE seq IN (SELECT value FROM json_each(:seqs));

-- name: forget_old_events
-- Keep the newest events only.
DELETE FROM events WHERE number IN (
  SELECT number FROM events WHERE number <= (SELECT max(number) FROM events) - :kept ORDER BY number LIMIT :limit);

-- name: last_of_device
-- The newest message of a device; 0 where there is none.
SELECT coalesce(max(seq), 0) FROM inbox WHERE device = :device;

-- name: of_device
-- Messages of a device, oldest first, whatever their state.
SELECT seq, state FROM inbox WHERE device = :device AND seq <= :upto ORDER BY seq LIMIT :limit;

-- name: update_event
-- Say more about an event.
UPDATE events SET detail = :detail WHERE number = :number;

-- name: rates
-- What is known of the rates that are watched for drift.
SELECT route, rate, basis, state FROM rates;

-- name: forget_rates
-- Before those in force are kept.
DELETE FROM rates;

-- name: keep_rate
-- Keep what is known of one rate.
INSERT INTO rates (route, rate, basis, state, saved_at) VALUES (:route, :rate, :basis, :state, :at);

-- name: depth
-- How much waits, and since when: five walks over partial indexes, none over the table.
SELECT (SELECT count(*) FROM inbox WHERE state = 'received') AS received,
  (SELECT count(*) FROM inbox WHERE state = 'claimed') AS claimed,
  (SELECT count(*) FROM outbox) AS outbox,
  (SELECT received_at FROM inbox WHERE state = 'received' ORDER BY seq LIMIT 1) AS oldest_received,
  (SELECT received_at FROM inbox WHERE state = 'claimed' ORDER BY seq LIMIT 1) AS oldest_claimed,
  (SELECT i.received_at FROM outbox o JOIN inbox i ON i.seq = o.seq ORDER BY o.number LIMIT 1) AS oldest_outbox;

-- name: proof
-- Promise P2 in one statement: rows by state, and how many of them contradict themselves (must be 0).
SELECT state, count(*) AS messages, count(fault) AS faults FROM v_states GROUP BY state ORDER BY state;

-- name: backlog
-- Rows that are not terminal, by state.
SELECT (SELECT count(*) FROM inbox WHERE state = 'received') AS received,
  (SELECT count(*) FROM inbox WHERE state = 'claimed') AS claimed,
  (SELECT count(*) FROM outbox) AS outbox;

-- name: search_upto
-- The last text to index next: up to the first message behind the index that is not decided yet, and within bounds.
SELECT max(seq) FROM (
  SELECT seq, sum(size) OVER (ORDER BY seq) - size AS before FROM (
    SELECT seq, size FROM inbox
    WHERE seq > (SELECT seq FROM search_progress)
      AND seq < coalesce((SELECT min(seq) FROM inbox WHERE state = 'received' AND seq > (SELECT seq FROM search_progress)),
        9223372036854775807)
      AND seq < coalesce((SELECT min(seq) FROM inbox WHERE state = 'claimed' AND seq > (SELECT seq FROM search_progress)),
        9223372036854775807)
    ORDER BY seq LIMIT :limit
  )
) WHERE before < :bytes;

-- name: search_add
-- Index texts.
INSERT INTO search (rowid, text) SELECT seq, text FROM inbox
WHERE seq > (SELECT seq FROM search_progress) AND seq <= :upto AND text IS NOT NULL;

-- name: search_note
-- Note how far the index goes.
UPDATE search_progress SET seq = :upto;

-- name: search_clear
-- Empty the index; the triggers have nothing to do from then on.
INSERT INTO search (search) VALUES ('delete-all');

-- name: last_age
-- The newest note of how long the agent has run.
SELECT ran_s, at FROM ages ORDER BY number DESC LIMIT 1;

-- name: note_age
-- Note how long the agent has run, and how far messages go.
INSERT INTO ages (ran_s, at, seq) VALUES (:ran_s, :at, (SELECT coalesce(max(seq), 0) FROM inbox));

-- name: aged
-- The newest message that is surely so old; 0 where none is.
SELECT coalesce(max(seq), 0) FROM ages WHERE ran_s <= :ran_s;

-- name: forget_ages
-- Drop notes from before the oldest message; the newest one stays.
DELETE FROM ages WHERE number < (SELECT max(number) FROM ages) AND seq < (SELECT coalesce(min(seq), 0) FROM inbox);

-- name: templates
-- All learned templates.
SELECT id, schema, schema_sha256, filter, origin, state, pattern, document, guard, agreed, changed_at FROM templates
ORDER BY schema, agreed DESC, id;

-- name: template_generation
-- A number that rises with each change of a template.
SELECT number FROM template_changes;

-- name: template_room
-- How many templates there are, and their bytes.
SELECT count(*), coalesce(sum(length(document) + length(guard) + length(pattern)), 0) FROM templates;

-- name: keep_template
-- Store a template, or replace it.
INSERT INTO templates (id, schema, schema_sha256, filter, origin, state, pattern, document, guard, agreed, changed_at)
VALUES (:id, :schema, :schema_sha256, :filter, :origin, :state, :pattern, :document, :guard, :agreed, :at)
ON CONFLICT (id) DO UPDATE SET schema = excluded.schema, filter = excluded.filter, origin = excluded.origin,
  state = excluded.state, pattern = excluded.pattern, guard = excluded.guard, agreed = excluded.agreed,
  changed_at = excluded.changed_at;

-- name: turn_templates
-- Put templates into a state.
UPDATE templates SET state = :state, changed_at = :at WHERE id IN (SELECT value FROM json_each(:ids));

-- name: forget_templates
-- Remove templates.
DELETE FROM templates WHERE id IN (SELECT value FROM json_each(:ids));

-- name: template_pasts
-- What is known of the past of each template.
SELECT template, basis, signature, streak, demotions, served, checks, checked_at, good_at, good_seq
FROM template_standings;

-- name: keep_past
-- Note a template's past, as long as there is such a template.
INSERT INTO template_standings (template, basis, signature, streak, demotions, served, checks, checked_at, good_at,
  good_seq)
SELECT :template, :basis, :signature, :streak, :demotions, :served, :checks, :checked_at, :good_at, :good_seq
WHERE EXISTS (SELECT 1 FROM templates WHERE id = :template)
ON CONFLICT (template) DO UPDATE SET basis = excluded.basis, signature = excluded.signature, streak = excluded.streak,
  demotions = excluded.demotions, served = excluded.served, checks = excluded.checks, checked_at = excluded.checked_at,
  good_at = excluded.good_at, good_seq = excluded.good_seq;

-- name: stand_template
-- Put a template into a state by what its checks have said; a person's decision of the same moment stands.
UPDATE templates SET state = :state, agreed = :agreed, changed_at = :at WHERE id = :template AND state = :before;

-- name: template_state
-- The state of a template.
SELECT state FROM templates WHERE id = :id;

-- name: learned_room
-- How many templates were learned from the model, and their bytes.
SELECT count(*), coalesce(sum(length(document) + length(guard) + length(pattern)), 0) FROM templates
WHERE origin = 'learned';

-- name: forget_unproven
-- Make room for a template: forget the one that has least to say for itself, never one that serves.
DELETE FROM templates WHERE id IN (
  SELECT id FROM templates WHERE origin = 'learned' AND state IN ('candidate', 'demoted')
  ORDER BY state = 'candidate', changed_at LIMIT :count);

-- name: dispute
-- A template and the model have read one text differently.
INSERT INTO template_disputes (template, origin, at, seq, message, fields, tier, after_seq, upto_seq, is_open)
VALUES (:template, :origin, :at, :seq, :message, :fields, :tier, :after_seq, (SELECT coalesce(max(seq), 0) FROM inbox),
  :is_open);

-- name: open_dispute
-- Whether a person has still to decide about a template.
SELECT 1 FROM template_disputes WHERE template = :template AND is_open LIMIT 1;

-- name: to_review
-- How many templates a person has to decide about.
SELECT count(DISTINCT template) FROM template_disputes WHERE is_open;

-- name: trim_disputes
-- Keep the newest.
DELETE FROM template_disputes WHERE number <= (SELECT max(number) FROM template_disputes) - :kept;

-- name: close_disputes
-- A person has decided.
UPDATE template_disputes SET is_open = 0 WHERE is_open AND template IN (SELECT value FROM json_each(:ids));

-- name: clear_pasts
-- No contradiction counts any more.
UPDATE template_standings SET streak = 0, demotions = 0 WHERE template IN (SELECT value FROM json_each(:ids));

-- name: reviewed
-- Templates about which a person has to decide.
SELECT DISTINCT template FROM template_disputes WHERE is_open;

-- name: disputes
-- Where templates and the model have differed, newest first.
SELECT number, template, origin, at, message, fields, tier, is_open, suspects FROM v_disputes
WHERE (:template IS NULL OR template = :template) ORDER BY number DESC LIMIT :limit;

-- name: suspects
-- Records that a template made after its last good check and before it was contradicted, oldest first.
SELECT DISTINCT seq, id, received_at, topic, schema, value, text, state FROM v_suspects
WHERE template = :template AND seq > :after ORDER BY seq LIMIT :limit;

-- name: published_of
-- Rows of some numbers whose record has been delivered.
SELECT i.seq, i.id, r.template, r.schema, r.confidence FROM inbox i JOIN records r ON r.seq = i.seq
WHERE i.state = 'published' AND i.text IS NOT NULL AND i.redacted = 0 AND i.seq IN (SELECT value FROM json_each(:seqs));

-- name: put_back_published
-- Read published messages again: their template was wrong. Their records are made anew.
UPDATE inbox SET state = 'received', reason = NULL, detail = NULL, trail = NULL, settled_at = NULL, finished_at = NULL,
  configuration = 0, expires_at = NULL
WHERE state = 'published' AND seq IN (SELECT value FROM json_each(:seqs));
