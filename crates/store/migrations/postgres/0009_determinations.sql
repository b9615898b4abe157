-- Since when a pack has been in use under whatever version, so that a new text starts no clock anew.

ALTER TABLE pack ADD COLUMN active_since BIGINT;
UPDATE pack SET active_since = activated_at;
