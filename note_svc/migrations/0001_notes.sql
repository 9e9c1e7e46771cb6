-- Notes, whom they are shared with, and what deleted users leave behind.

CREATE TABLE notes (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    title text NOT NULL,
    -- The title in folded case; made by the service, so that no locale of the database matters.
    title_key text COLLATE "C" NOT NULL,
    content text NOT NULL,
    -- Length of the content in UTF-8, at most 1 MiB: a list budgets with it and leaves the content itself alone.
    -- squawk-ignore prefer-bigint-over-int
    content_bytes integer NOT NULL,
    snippet text NOT NULL,
    -- In the order in which they were shared. shared_notes is the index to it.
    shared_with uuid[] NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    -- Digest of the CreateNote request; tells the same request again from another one with the same id.
    request_digest bytea NOT NULL
);

CREATE INDEX notes_created ON notes (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX notes_updated ON notes (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX notes_title ON notes (title_key, id) WHERE deleted_at IS NULL;
CREATE INDEX notes_user_created ON notes (user_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX notes_user_updated ON notes (user_id, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX notes_user_title ON notes (user_id, title_key, id) WHERE deleted_at IS NULL;
CREATE INDEX notes_deleted ON notes (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX notes_user_deleted ON notes (user_id) WHERE deleted_at IS NOT NULL;

-- One row for each person in notes.shared_with, with the keys that lists are ordered by, so that a page of the notes
-- shared with somebody is one short index scan however many there are. Only the trigger below writes here.
CREATE TABLE shared_notes (
    note_id uuid NOT NULL REFERENCES notes ON DELETE CASCADE,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    title_key text COLLATE "C" NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (note_id, user_id)
);

CREATE INDEX shared_notes_created ON shared_notes (user_id, created_at, note_id) WHERE deleted_at IS NULL;
CREATE INDEX shared_notes_updated ON shared_notes (user_id, updated_at, note_id) WHERE deleted_at IS NULL;
CREATE INDEX shared_notes_title ON shared_notes (user_id, title_key, note_id) WHERE deleted_at IS NULL;
CREATE INDEX shared_notes_deleted ON shared_notes (user_id) WHERE deleted_at IS NOT NULL;

-- Tombstones. The id of a user is never used again, so a row stays for good.
CREATE TABLE deleted_users (
    user_id uuid PRIMARY KEY,
    deleted_at timestamptz NOT NULL DEFAULT now()
);

-- How far the change feed of the user directory has been applied: one row.
CREATE TABLE feed_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
);
INSERT INTO feed_position (position) VALUES (0);

-- The lock that whoever writes for a user shares, and whoever deletes the user holds alone, to the end of the transaction.
CREATE FUNCTION user_lock(user_id uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended(user_id::text, 0);

-- A statement that checks deleted_users by itself sees the snapshot it began with, and so misses a deletion that commits
-- while it runs. These functions are VOLATILE: under READ COMMITTED the query after the lock takes a snapshot of its own.
CREATE FUNCTION is_deleted_user(checked uuid) RETURNS boolean
    LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(user_lock(checked));
    RETURN EXISTS (SELECT FROM deleted_users d WHERE d.user_id = checked);
END
$$;

-- A note for a deleted user is left out silently: the statement may write notes for others too.
CREATE FUNCTION leave_out_deleted_user() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE WHEN is_deleted_user(NEW.user_id) THEN NULL ELSE NEW END;
END
$$;

CREATE TRIGGER notes_owner BEFORE INSERT ON notes
    FOR EACH ROW EXECUTE FUNCTION leave_out_deleted_user();

-- A share with a deleted user fails the statement, since notes.shared_with names them already.
CREATE FUNCTION refuse_deleted_user() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF is_deleted_user(NEW.user_id) THEN
        RAISE EXCEPTION 'user % is deleted', NEW.user_id USING ERRCODE = 'NW001';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER shared_notes_user BEFORE INSERT ON shared_notes
    FOR EACH ROW EXECUTE FUNCTION refuse_deleted_user();

-- Keeps shared_notes as notes says. A trigger and not a part of the statement, because it must see the shares of
-- whoever held the row's lock before.
CREATE FUNCTION index_shares() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.shared_with IS DISTINCT FROM NEW.shared_with THEN
        DELETE FROM shared_notes s WHERE s.note_id = NEW.id AND s.user_id <> ALL (NEW.shared_with);
        INSERT INTO shared_notes (note_id, user_id, created_at, updated_at, title_key, deleted_at)
        SELECT NEW.id, u, NEW.created_at, NEW.updated_at, NEW.title_key, NEW.deleted_at
        FROM unnest(NEW.shared_with) AS u
        WHERE u <> ALL (OLD.shared_with);
    END IF;
    IF (OLD.updated_at, OLD.title_key, OLD.deleted_at) IS DISTINCT FROM (NEW.updated_at, NEW.title_key, NEW.deleted_at) THEN
        UPDATE shared_notes s
        SET updated_at = NEW.updated_at, title_key = NEW.title_key, deleted_at = NEW.deleted_at
        WHERE s.note_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER notes_shares AFTER UPDATE ON notes
    FOR EACH ROW
    WHEN (cardinality(OLD.shared_with) > 0 OR cardinality(NEW.shared_with) > 0)
    EXECUTE FUNCTION index_shares();
