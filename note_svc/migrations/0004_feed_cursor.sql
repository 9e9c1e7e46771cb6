-- In which history of the feed of users the position counts, and whether tombstones are still to be looked at.

-- Opaque, as the user directory gave it; empty where it gave none.
ALTER TABLE feed_position ADD COLUMN cursor text NOT NULL DEFAULT '';
-- Grows each time that the feed is begun anew. What was read in an earlier one changes nothing any more.
ALTER TABLE feed_position ADD COLUMN generation bigint NOT NULL DEFAULT 0;
-- The feed was begun anew, and nobody has asked yet which of the deleted users exist again.
ALTER TABLE feed_position ADD COLUMN begun_anew boolean NOT NULL DEFAULT false;
