-- What new items were promised, and what became of it.
CREATE TABLE item_contract (
  number INTEGER PRIMARY KEY, item TEXT NOT NULL, impressions INTEGER NOT NULL, hours REAL NOT NULL, began INTEGER NOT NULL,
  automatic INTEGER NOT NULL, rate REAL, strength REAL, state INTEGER NOT NULL, ended INTEGER, reason TEXT
);
CREATE INDEX item_contract_item ON item_contract (item);
CREATE INDEX item_contract_state ON item_contract (state, ended);
-- Totals of each server: it writes them again and again, and they add up.
CREATE TABLE contract_sum (
  number INTEGER NOT NULL, writer TEXT NOT NULL, since INTEGER NOT NULL, given INTEGER NOT NULL, placed INTEGER NOT NULL,
  examined REAL NOT NULL, spent REAL NOT NULL, PRIMARY KEY (number, writer)
) WITHOUT ROWID;
-- What the answers of each server were expected to earn on a day (UTC, days since 1970), and what placements in them cost.
CREATE TABLE contract_day (
  writer TEXT NOT NULL, day INTEGER NOT NULL, answers INTEGER NOT NULL, value REAL NOT NULL, spent REAL NOT NULL,
  PRIMARY KEY (writer, day)
) WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('contract', 0);
