-- Restates wfm.sla_histogram over the records that it was made of. The files are those of the
-- resources; $from, $to and $length are milliseconds. Intervals are at marks of the clock in UTC,
-- which are those of every zone whose offset is full hours.
create table buckets as select edge, lead(edge) over (order by edge) as upto from (select unnest([0, 15, 30, 45, 60, 90, 120]) as edge);
create table waits as select began - began % $length as i, skill, (began - asked) / 1000 as wait
  from (select cast(info->>'startTimeL' as bigint) as began, cast(info->>'chatRequestedTimeL' as bigint) as asked, info->>'skillId' as skill
    from read_json('$engagement_history', format = 'newline_delimited', columns = {info: 'JSON'}))
  where began >= $from and began < $to and asked > 0;
create table live as select skillId as skill, interval_start as live_from, interval_end as live_to, response->'slaDataRange' as ranges
  from read_json('$rt_sla_by_skill', format = 'newline_delimited', columns = {skillId: 'VARCHAR', interval_start: 'VARCHAR', interval_end: 'VARCHAR', response: 'JSON'})
  where skillId is not null;
create table skills as select cast(id as varchar) as skill, name
  from read_json('$skills', format = 'newline_delimited', columns = {id: 'BIGINT', name: 'VARCHAR'});
create table rows as select i, skill from waits union select $to - $length as i, skill from live;
select i as interval_start, skill as skill_id, name as skill_name, edge as bucket_s, upto as bucket_to_s,
    n as chats, n / nullif(total, 0) as pct, so_far / nullif(total, 0) as pct_cumulative,
    cast(ranges->cast(edge as varchar)->>'chats' as bigint) as live_chats, live_from, live_to
  from (select *, sum(n) over (partition by i, skill) as total, sum(n) over (partition by i, skill order by edge) as so_far
    from (select rows.i, rows.skill, edge, upto, count(wait) as n
      from rows cross join buckets left join waits w on w.i = rows.i and w.skill = rows.skill and wait >= edge and (upto is null or wait < upto) group by all)) counted
  left join skills using (skill) left join live on live.skill = counted.skill and i = $to - $length
  order by i, skill, edge;
