-- "Any letter case" is decided by key columns that the service folds; collation "C" keeps every locale out of it.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    username text NOT NULL,
    username_key text COLLATE "C" NOT NULL CONSTRAINT users_username_taken UNIQUE,
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL CONSTRAINT users_email_taken UNIQUE,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- The change feed: the last change of each person. It names nobody, so that a deletion leaves no personal data.
CREATE TABLE user_changes (
    user_id uuid PRIMARY KEY,
    position bigint NOT NULL UNIQUE,
    deleted boolean NOT NULL
);

-- The feed's newest position. Its row lock, held until commit, makes positions follow the order of commits.
CREATE TABLE user_feed (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
);
INSERT INTO user_feed (position) VALUES (0);
