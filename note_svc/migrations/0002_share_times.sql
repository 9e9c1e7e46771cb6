-- When each person was given a note.

-- Unix seconds, in the order of shared_with. NULL stands for a share that is older than this column; the list is empty
-- where all are.
ALTER TABLE notes ADD COLUMN shared_since bigint[] NOT NULL DEFAULT '{}';

-- A trigger and not a part of the statements, because those of the previous release do not know the column.
CREATE FUNCTION keep_share_times() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.shared_since := ARRAY(
        SELECT CASE
            WHEN old_share.id IS NULL THEN floor(extract(epoch FROM clock_timestamp()))::bigint
            ELSE old_share.since
        END
        FROM unnest(NEW.shared_with) WITH ORDINALITY AS share (id, place)
        LEFT JOIN unnest(OLD.shared_with, OLD.shared_since) AS old_share (id, since) USING (id)
        ORDER BY share.place
    );
    RETURN NEW;
END
$$;

CREATE TRIGGER notes_share_times BEFORE UPDATE OF shared_with ON notes
    FOR EACH ROW EXECUTE FUNCTION keep_share_times();
