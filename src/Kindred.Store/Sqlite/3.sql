-- Who took part in experiments, and how they were answered; a row for each day.
CREATE TABLE exposed_unit (
  experiment TEXT NOT NULL, unit TEXT NOT NULL, arm TEXT NOT NULL, day INTEGER NOT NULL, first INTEGER NOT NULL,
  answers INTEGER NOT NULL, empty INTEGER NOT NULL, failed INTEGER NOT NULL, latency REAL NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (experiment, unit, arm, day)
) WITHOUT ROWID;
CREATE UNIQUE INDEX exposed_unit_number ON exposed_unit (number);
CREATE INDEX exposed_unit_unit ON exposed_unit (unit);
INSERT INTO counter (name, value) VALUES ('exposed', 0);
