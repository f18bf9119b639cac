-- What is known of the rates that are watched for drift: a restart must not take a drift for the long run.

CREATE TABLE rates (
  route TEXT NOT NULL,                     -- filter of the route
  rate TEXT NOT NULL,                      -- rejected, escalated or not_this_schema
  basis TEXT NOT NULL,                     -- fingerprint of route, schemas and tiers: another one begins anew
  state TEXT NOT NULL CHECK (json_valid(state)), -- long run, recent run, evidence, alarm
  saved_at REAL NOT NULL,                  -- Unix seconds
  PRIMARY KEY (route, rate)
) STRICT;
