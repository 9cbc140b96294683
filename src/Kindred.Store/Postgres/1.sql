-- Rows of kind: 0 users, 1 items. Times: milliseconds since 1970, UTC. Texts are compared by their bytes.

CREATE TABLE counter (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO counter (name, value) VALUES ('sequence', 0), ('version', 0);

CREATE TABLE event (
  sequence BIGINT PRIMARY KEY,
  identity BYTEA NOT NULL,  -- 16 bytes: EventIdentity
  id TEXT COLLATE "C",      -- null: the identity in hexadecimal digits
  content BIGINT NOT NULL,  -- hash of what was sent, to see that an id was used twice
  type TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C",
  session_id TEXT COLLATE "C",
  item_id TEXT COLLATE "C" NOT NULL,
  value DOUBLE PRECISION,
  happened BIGINT NOT NULL,
  received BIGINT NOT NULL,
  request TEXT,
  position BIGINT,
  attributes TEXT
);
CREATE UNIQUE INDEX event_identity ON event (identity);
CREATE INDEX event_history ON event ((coalesce(user_id, session_id)), happened, sequence);

CREATE TABLE entry (
  kind BIGINT NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  attributes TEXT NOT NULL,
  hidden BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE TABLE attribute (kind BIGINT NOT NULL, name TEXT COLLATE "C" NOT NULL, type BIGINT NOT NULL, PRIMARY KEY (kind, name));

-- The latest change of each thing.
CREATE TABLE change (
  kind BIGINT NOT NULL, id TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL, deleted BIGINT NOT NULL, PRIMARY KEY (kind, id)
);
CREATE UNIQUE INDEX change_version ON change (version);

CREATE TABLE setting (name TEXT COLLATE "C" PRIMARY KEY, json TEXT NOT NULL, version BIGINT NOT NULL, updated BIGINT NOT NULL);
CREATE TABLE job (
  id TEXT COLLATE "C" PRIMARY KEY, kind TEXT NOT NULL, state BIGINT NOT NULL, detail TEXT NOT NULL,
  created BIGINT NOT NULL, updated BIGINT NOT NULL, version BIGINT NOT NULL
);
CREATE TABLE access_key (
  id TEXT COLLATE "C" PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL, created BIGINT NOT NULL, used BIGINT
);
CREATE TABLE audit (
  number BIGINT PRIMARY KEY, time BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT COLLATE "C", detail TEXT
);
CREATE TABLE tombstone (
  kind BIGINT NOT NULL, hash TEXT COLLATE "C" NOT NULL, sequence BIGINT NOT NULL, forgotten BIGINT NOT NULL, PRIMARY KEY (kind, hash)
);
