-- What new items were promised, and what became of it.
CREATE TABLE item_contract (
  number BIGINT PRIMARY KEY, item TEXT COLLATE "C" NOT NULL, impressions BIGINT NOT NULL, hours DOUBLE PRECISION NOT NULL,
  began BIGINT NOT NULL, automatic BIGINT NOT NULL, rate DOUBLE PRECISION, strength DOUBLE PRECISION, state BIGINT NOT NULL,
  ended BIGINT, reason TEXT
);
CREATE INDEX item_contract_item ON item_contract (item);
CREATE INDEX item_contract_state ON item_contract (state, ended);
-- Totals of each server: it writes them again and again, and they add up.
CREATE TABLE contract_sum (
  number BIGINT NOT NULL, writer TEXT COLLATE "C" NOT NULL, since BIGINT NOT NULL, given BIGINT NOT NULL, placed BIGINT NOT NULL,
  examined DOUBLE PRECISION NOT NULL, spent DOUBLE PRECISION NOT NULL, PRIMARY KEY (number, writer)
);
-- What the answers of each server were expected to earn on a day (UTC, days since 1970), and what placements in them cost.
CREATE TABLE contract_day (
  writer TEXT COLLATE "C" NOT NULL, day BIGINT NOT NULL, answers BIGINT NOT NULL, value DOUBLE PRECISION NOT NULL,
  spent DOUBLE PRECISION NOT NULL, PRIMARY KEY (writer, day)
);
INSERT INTO counter (name, value) VALUES ('contract', 0);
