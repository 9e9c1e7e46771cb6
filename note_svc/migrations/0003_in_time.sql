-- Asked by a statement before it changes a row: fails it once its deadline, by this server's clock, has passed.
CREATE FUNCTION in_time(deadline timestamptz) RETURNS boolean
    LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF clock_timestamp() >= deadline THEN
        RAISE EXCEPTION 'the deadline has passed' USING ERRCODE = 'NW002';
    END IF;
    RETURN true;
END
$$;
