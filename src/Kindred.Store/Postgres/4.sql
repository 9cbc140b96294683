-- Rows of units are read by experiment; sessions of visitors who signed in are in the rows of their users.
ALTER TABLE exposed_unit ADD COLUMN joined BIGINT NOT NULL DEFAULT 0;
DROP INDEX exposed_unit_number;
CREATE UNIQUE INDEX exposed_unit_number ON exposed_unit (experiment, number);
-- The last batch of each server, so that one that is sent again is added once.
CREATE TABLE exposure_writer (writer TEXT COLLATE "C" PRIMARY KEY, batch BIGINT NOT NULL, written BIGINT NOT NULL);
-- What an experiment showed when its rows of units were removed.
CREATE TABLE experiment_report (experiment TEXT COLLATE "C" PRIMARY KEY, report TEXT NOT NULL, kept BIGINT NOT NULL);
-- Events that answer an interleaved list, each credited to the arm whose item it was.
CREATE TABLE credited_event (
  experiment TEXT COLLATE "C" NOT NULL, identity BYTEA NOT NULL, unit TEXT COLLATE "C" NOT NULL, arm TEXT COLLATE "C" NOT NULL,
  direct BIGINT NOT NULL, shown BIGINT NOT NULL, PRIMARY KEY (experiment, identity)
);
CREATE INDEX credited_event_unit ON credited_event (unit);
