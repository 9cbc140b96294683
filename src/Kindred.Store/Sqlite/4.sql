-- Rows of units are read by experiment; sessions of visitors who signed in are in the rows of their users.
ALTER TABLE exposed_unit ADD COLUMN joined INTEGER NOT NULL DEFAULT 0;
DROP INDEX exposed_unit_number;
CREATE UNIQUE INDEX exposed_unit_number ON exposed_unit (experiment, number);
-- The last batch of each server, so that one that is sent again is added once.
CREATE TABLE exposure_writer (writer TEXT PRIMARY KEY, batch INTEGER NOT NULL, written INTEGER NOT NULL) WITHOUT ROWID;
-- What an experiment showed when its rows of units were removed.
CREATE TABLE experiment_report (experiment TEXT PRIMARY KEY, report TEXT NOT NULL, kept INTEGER NOT NULL) WITHOUT ROWID;
-- Events that answer an interleaved list, each credited to the arm whose item it was.
CREATE TABLE credited_event (
  experiment TEXT NOT NULL, identity BLOB NOT NULL, unit TEXT NOT NULL, arm TEXT NOT NULL, direct INTEGER NOT NULL,
  shown INTEGER NOT NULL, PRIMARY KEY (experiment, identity)
) WITHOUT ROWID;
CREATE INDEX credited_event_unit ON credited_event (unit);
