-- Who took part in experiments, and how they were answered; a row for each day.
CREATE TABLE exposed_unit (
  experiment TEXT COLLATE "C" NOT NULL, unit TEXT COLLATE "C" NOT NULL, arm TEXT COLLATE "C" NOT NULL, day BIGINT NOT NULL,
  first BIGINT NOT NULL, answers BIGINT NOT NULL, empty BIGINT NOT NULL, failed BIGINT NOT NULL, latency DOUBLE PRECISION NOT NULL,
  number BIGINT NOT NULL, PRIMARY KEY (experiment, unit, arm, day)
);
CREATE UNIQUE INDEX exposed_unit_number ON exposed_unit (number);
CREATE INDEX exposed_unit_unit ON exposed_unit (unit);
INSERT INTO counter (name, value) VALUES ('exposed', 0);
