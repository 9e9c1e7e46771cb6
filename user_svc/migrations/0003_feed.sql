-- Positions are given after the commit of a change, by one statement at a time, and each history of the feed can be told
-- from another. Writers of the previous release take a position themselves, under the lock of user_feed; both go together.

-- Changes that have no position yet. Writers wait for nobody here.
CREATE TABLE user_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid NOT NULL,
    deleted boolean NOT NULL
);

-- A random mark for each position that was the newest one. A restored database gives positions a second time, and never a
-- mark.
CREATE TABLE user_feed_marks (
    position bigint PRIMARY KEY,
    mark uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO user_feed_marks (position) SELECT position FROM user_feed;

-- Who is further behind than the oldest mark begins anew, which costs less than to keep marks for ever.
CREATE FUNCTION mark_user_feed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_feed_marks (position) VALUES (NEW.position);
    DELETE FROM user_feed_marks m WHERE m.position < NEW.position - 100000;
    RETURN NULL;
END
$$;

CREATE TRIGGER user_feed_marks AFTER UPDATE OF position ON user_feed
    FOR EACH ROW EXECUTE FUNCTION mark_user_feed();
