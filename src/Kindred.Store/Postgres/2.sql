-- Counts by type and day, so that nobody has to read all events to know how many there are.
CREATE TABLE event_count (type TEXT COLLATE "C" NOT NULL, day BIGINT NOT NULL, events BIGINT NOT NULL, PRIMARY KEY (type, day));
INSERT INTO event_count (type, day, events)
SELECT type, (happened - CASE WHEN happened < 0 THEN 86399999 ELSE 0 END) / 86400000 AS day, count(*) FROM event GROUP BY 1, 2;
