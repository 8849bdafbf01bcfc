-- Values of exported lines restated: each macro takes a member as JSON, however it is written.
set TimeZone = 'UTC';
create macro written(v) as v ->> '$';
create macro nothing(v) as written(v) is null or written(v) in ('', 'NULL');
create macro as_text(v) as written(v);
create macro as_id(v) as case when nothing(v) then null else written(v) end;
create macro as_decimal(v) as case when nothing(v) then null else written(v)::double end;
create macro as_int(v) as case when nothing(v) then null when written(v) in ('true', 'false') then written(v)::bool::bigint else written(v)::decimal(38, 9)::bigint end;
create macro as_flag(v) as case when nothing(v) then null else rtrim(rtrim(lower(written(v)), '0'), '.') in ('true', '1', 't') end;
-- DuckDB keeps microseconds.
create macro as_ts(v) as case when nothing(v) then null else regexp_replace(replace(written(v), ' ', 'T'), '(\.[0-9]{6})[0-9]+', '\1')::timestamptz end;
create macro as_json(v) as v::text;
