-- Requests that were let through: by each server, since it was started. It writes its totals again and again, and reads those of others.
CREATE TABLE key_request (key TEXT NOT NULL, server TEXT NOT NULL, sent INTEGER NOT NULL, updated INTEGER NOT NULL, PRIMARY KEY (key, server));
