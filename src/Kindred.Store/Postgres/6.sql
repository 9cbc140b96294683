-- Requests that were let through: by each server, since it was started. It writes its totals again and again, and reads those of others.
-- Not logged: after a crash of the database they count from now on.
CREATE UNLOGGED TABLE key_request (
  key TEXT COLLATE "C" NOT NULL, server TEXT COLLATE "C" NOT NULL, sent BIGINT NOT NULL, updated BIGINT NOT NULL, PRIMARY KEY (key, server)
);
