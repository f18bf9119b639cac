-- Lines that were joined to records are no losses: they have a view of their own.

DROP VIEW v_rejected;
CREATE VIEW v_rejected AS
-- One row per rejected or dropped message, with the reason and the tries that led to it. Lines that are a part of
-- another message's record stand in v_lines.
SELECT i.id, i.received_at, i.topic, i.device, i.state, i.reason, i.detail, i.trail, i.text, i.size,
  lower(hex(i.sha256)) AS sha256, i.finished_at, i.configuration, i.qos, i.retained, i.record, i.raw,
  i.seq, i.redacted
FROM inbox i WHERE i.reason IS NOT NULL AND i.reason <> 'joined'; -- by a check of the table: rejected and dropped ones

CREATE VIEW v_lines AS
-- One row per line that came as a message of its own and is a part of the record of another one, part_of.
SELECT i.id, i.received_at, i.topic, i.device, i.text, (SELECT h.id FROM inbox h WHERE h.seq = i.part_of) AS part_of,
  i.qos, i.retained, i.configuration, i.seq, i.redacted
FROM inbox i WHERE i.reason = 'joined';
