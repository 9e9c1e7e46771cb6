-- transaction:false
-- Gives the shares of before their times, for a few notes at once, so that nobody waits long for one of them. It may be
-- begun again wherever it ended.

DO $$
DECLARE
    batch uuid[];
    latest uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    LOOP
        -- In the order of ids, like every statement that locks several notes.
        SELECT array_agg(id ORDER BY id) INTO batch FROM (
            SELECT id FROM notes WHERE id > latest AND shared_with <> '{}' ORDER BY id LIMIT 200 FOR UPDATE
        ) AS locked;
        EXIT WHEN batch IS NULL;
        UPDATE shares SET since = to_timestamp(coalesce(share.since, 0)) + share.place * interval '1 microsecond'
        FROM notes, unnest(notes.shared_with, notes.shared_since) WITH ORDINALITY AS share (user_id, since, place)
        WHERE notes.id = ANY (batch)
            AND shares.note_id = notes.id AND shares.user_id = share.user_id AND shares.since = 'epoch';
        COMMIT;
        latest := batch[cardinality(batch)];
    END LOOP;
END
$$;
