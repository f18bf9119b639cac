-- Events of a message go when the message goes.
CREATE INDEX events_seq ON events(seq) WHERE seq IS NOT NULL;
