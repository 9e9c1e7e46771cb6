-- Shares are rows of their own: the truth about who has which note.

-- Nobody names an index or a trigger, and the release before adds shares by a trigger of this file alone.
-- squawk-ignore-file renaming-object

-- The release before reads shared_notes, and reads and writes notes.shared_with and shared_since. The view, and the
-- triggers below that write the one where the other was written, go once no replica of it can be left.
-- squawk-ignore renaming-table
ALTER TABLE shared_notes RENAME TO shares;
CREATE VIEW shared_notes AS SELECT note_id, user_id, created_at, updated_at, title_key, deleted_at FROM shares;

ALTER INDEX shared_notes_pkey RENAME TO shares_pkey;
ALTER INDEX shared_notes_created RENAME TO shares_created;
ALTER INDEX shared_notes_updated RENAME TO shares_updated;
ALTER INDEX shared_notes_title RENAME TO shares_title;
ALTER INDEX shared_notes_deleted RENAME TO shares_deleted;
ALTER TRIGGER shared_notes_user ON shares RENAME TO shares_user;

-- When the person was given the note; the shares of a note are in this order. Within the first second of 1970: before
-- that was recorded. The other times are those of the note, and so is the title: lists are ordered by them.
-- The shares that are there get theirs with the next file.
ALTER TABLE shares ADD COLUMN since timestamptz NOT NULL DEFAULT 'epoch';
ALTER TABLE shares ALTER COLUMN since SET DEFAULT clock_timestamp();

-- Nobody looks for shares of a note of which this is false. Whoever adds a share sets it; it stays true after the last
-- share, and is for the notes from before this column.
ALTER TABLE notes ADD COLUMN ever_shared boolean NOT NULL DEFAULT true;
ALTER TABLE notes ALTER COLUMN ever_shared SET DEFAULT false;

-- The shares of a note whose row the statement has locked, times in Unix microseconds. VOLATILE, for under READ COMMITTED
-- its query takes a snapshot of its own: the statement's own misses what whoever held the lock before has committed.
CREATE FUNCTION shares_of(note uuid, OUT user_ids uuid[], OUT since bigint[])
    LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT array_agg(s.user_id), array_agg((date_part('epoch', s.since) * 1000000)::bigint) INTO user_ids, since
    FROM (
        SELECT shares.user_id, shares.since FROM shares WHERE shares.note_id = note ORDER BY shares.since, shares.user_id
    ) AS s;
END
$$;

-- The previous release shares a note by shared_with alone.
CREATE FUNCTION mark_ever_shared() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.ever_shared := true;
    RETURN NEW;
END
$$;

CREATE TRIGGER notes_ever_shared BEFORE UPDATE OF shared_with ON notes
    FOR EACH ROW EXECUTE FUNCTION mark_ever_shared();

-- index_shares stays as it is and works through the view: it gives shares the times and the title of their note, and
-- follows the previous release. Deeper than 0, it is the trigger of shares below that has changed shared_with.
DROP TRIGGER notes_shares ON notes;
CREATE TRIGGER notes_shares AFTER UPDATE ON notes
    FOR EACH ROW WHEN (NEW.ever_shared AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION index_shares();

-- Lets the previous release see a share that this one has added or taken.
CREATE FUNCTION show_previous_release() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE notes SET shared_with = shared_with || NEW.user_id
        WHERE id = NEW.note_id AND NEW.user_id <> ALL (shared_with);
    ELSE
        UPDATE notes SET shared_with = array_remove(shared_with, OLD.user_id)
        WHERE id = OLD.note_id AND OLD.user_id = ANY (shared_with);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER shares_previous_release AFTER INSERT OR DELETE ON shares
    FOR EACH ROW EXECUTE FUNCTION show_previous_release();
