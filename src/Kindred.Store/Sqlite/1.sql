-- Rows of kind: 0 users, 1 items. Times: milliseconds since 1970, UTC.

CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('sequence', 0), ('version', 0);

-- Clustered by sequence: appended at the end, and read in this order by training, tails and other servers.
CREATE TABLE event (
  sequence INTEGER PRIMARY KEY,
  identity BLOB NOT NULL,   -- 16 bytes: EventIdentity
  id TEXT,                  -- null: the identity in hexadecimal digits
  content INTEGER NOT NULL, -- hash of what was sent, to see that an id was used twice
  type TEXT NOT NULL,
  user_id TEXT,
  session_id TEXT,
  item_id TEXT NOT NULL,
  value REAL,
  happened INTEGER NOT NULL,
  received INTEGER NOT NULL,
  request TEXT,
  position INTEGER,
  attributes TEXT
);
CREATE UNIQUE INDEX event_identity ON event (identity);
CREATE INDEX event_history ON event (coalesce(user_id, session_id), happened, sequence);

CREATE TABLE entry (
  kind INTEGER NOT NULL,
  id TEXT NOT NULL,
  attributes TEXT NOT NULL,
  hidden INTEGER NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE TABLE attribute (kind INTEGER NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;

-- The latest change of each thing.
CREATE TABLE change (kind INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, deleted INTEGER NOT NULL, PRIMARY KEY (kind, id));
CREATE UNIQUE INDEX change_version ON change (version);

CREATE TABLE setting (name TEXT PRIMARY KEY, json TEXT NOT NULL, version INTEGER NOT NULL, updated INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE job (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, state INTEGER NOT NULL, detail TEXT NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, version INTEGER NOT NULL
);
CREATE TABLE access_key (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL, created INTEGER NOT NULL, used INTEGER
);
CREATE TABLE audit (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT, detail TEXT);
CREATE TABLE tombstone (
  kind INTEGER NOT NULL, hash TEXT NOT NULL, sequence INTEGER NOT NULL, forgotten INTEGER NOT NULL, PRIMARY KEY (kind, hash)
) WITHOUT ROWID;
