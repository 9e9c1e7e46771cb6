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

-- The previous release shared a note: shared_since is the next column.
CREATE OR REPLACE FUNCTION keep_share_times() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.ever_shared := true;
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

-- Gives the shares of a note the times and the title that lists are ordered by, and follows the previous release. A
-- trigger and not a part of the statement, because it must see the shares of whoever held the row's lock before.
CREATE OR REPLACE FUNCTION index_shares() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    -- Deeper than 1, it is the trigger of shares that has changed shared_with.
    IF OLD.shared_with IS DISTINCT FROM NEW.shared_with AND pg_trigger_depth() = 1 THEN
        DELETE FROM shares s
        WHERE s.note_id = NEW.id AND s.user_id = ANY (OLD.shared_with) AND s.user_id <> ALL (NEW.shared_with);
        INSERT INTO shares (note_id, user_id, since, created_at, updated_at, title_key, deleted_at)
        SELECT
            NEW.id, added.user_id, clock_timestamp() + added.place * interval '1 microsecond',
            NEW.created_at, NEW.updated_at, NEW.title_key, NEW.deleted_at
        FROM unnest(NEW.shared_with) WITH ORDINALITY AS added (user_id, place)
        WHERE added.user_id <> ALL (OLD.shared_with);
    END IF;
    IF (OLD.updated_at, OLD.title_key, OLD.deleted_at) IS DISTINCT FROM (NEW.updated_at, NEW.title_key, NEW.deleted_at) THEN
        UPDATE shares s
        SET updated_at = NEW.updated_at, title_key = NEW.title_key, deleted_at = NEW.deleted_at
        WHERE s.note_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER notes_shares ON notes;
CREATE TRIGGER notes_shares AFTER UPDATE ON notes
    FOR EACH ROW WHEN (NEW.ever_shared)
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
