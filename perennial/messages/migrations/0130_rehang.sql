-- These comments stand at another record of the form; the notices of who was named in them lead there.
CREATE FUNCTION messages.rehang(comments bigint[], record bigint) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE messages.mention SET record_id = record WHERE comment_id = ANY (comments)
$$;
