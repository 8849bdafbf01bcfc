-- Restates wfm.chat_skill_interval over the records that it was made of. The files are those
-- of the resources; $from, $to and $length are milliseconds, $threshold seconds. Intervals are
-- at marks of the clock in UTC, which are those of every zone whose offset is full hours.
create table engagements as select
    cast(info->>'startTimeL' as bigint) as began, cast(info->>'endTimeL' as bigint) as ended,
    cast(info->>'chatRequestedTimeL' as bigint) as asked, info->>'skillId' as skill, (info->>'isInteractive') = 'true' as interactive
  from read_json('$engagement_history', format = 'newline_delimited', columns = {info: 'JSON'});
create table queue as select epoch_ms(cast(interval_start as timestamp)) as mark, response->'metricsData'->'skillsMetrics' as skills
  from read_json('$rt_queuehealth', format = 'newline_delimited', columns = {interval_start: 'VARCHAR', response: 'JSON'});
create table work as select epoch_ms(cast(interval_start as timestamp)) as mark, response->'metricsData'->'skillsMetricsPerAgent'->'metricsPerSkill' as skills
  from read_json('$rt_engactivity', format = 'newline_delimited', columns = {interval_start: 'VARCHAR', response: 'JSON'});
create table skills as select cast(id as varchar) as skill, name, coalesce(deleted, false) as deleted
  from read_json('$skills', format = 'newline_delimited', columns = {id: 'BIGINT', name: 'VARCHAR', deleted: 'BOOLEAN'});
create table intervals as select i from (select unnest(range($from, $to, $length)) as i);
create table live as select i from intervals
  where (select count(*) from queue where mark >= i and mark < i + $length) = $length / 300000
    and (select count(*) from work where mark >= i and mark < i + $length) = $length / 300000;
create table q as select mark - mark % $length as i, mark, skill, skills->skill as m from (select mark, skills, unnest(json_keys(skills)) as skill from queue);
create table w as select mark - mark % $length as i, skill, skills->skill->'metricsTotals' as m from (select mark, skills, unnest(json_keys(skills)) as skill from work);
create table queued as select i, skill,
    sum(cast(m->>'enteredQEng' as bigint)) as offered, sum(cast(m->>'connectedEng' as bigint)) as connected, sum(cast(m->>'abandonedEng' as bigint)) as abandoned,
    sum(cast(m->>'totalTimeToAnswer' as bigint)) as to_answer, sum(cast(m->>'totalTimeToAbandon' as bigint)) as to_abandon,
    max(nullif(cast(m->>'maxQueueSize' as bigint), -1)) as queue_max, min(nullif(cast(m->>'minQueueSize' as bigint), -1)) as queue_min,
    sum(cast(m->>'queueSizeSum' as bigint)) as queue_sum, sum(cast(m->>'queueSizeCount' as bigint)) as queue_count,
    max(nullif(cast(m->>'maxAvailableSlots' as bigint), -1)) as slots_max, min(nullif(cast(m->>'minAvailableSlots' as bigint), -1)) as slots_min,
    sum(cast(m->>'availableSlotsSum' as bigint)) as slots_sum, sum(cast(m->>'availableSlotsCount' as bigint)) as slots_count
  from q where i in (from live) group by i, skill;
create table worked as select i, skill,
    sum(cast(m->>'totalInteractiveChats' as bigint)) as interactive, sum(cast(m->>'totalNonInteractiveChats' as bigint)) as silent,
    sum(cast(m->>'totalHandlingTime' as bigint)) as seconds, sum(cast(m->>'nonInteractiveTotalHandlingTime' as bigint)) as silent_seconds
  from w where i in (from live) group by i, skill;
create table began as select began - began % $length as i, skill, count(*) as n,
    sum((began - asked) // 1000) as wait, count(*) filter (where began - asked < $threshold * 1000) as in_time
  from engagements where began >= $from and began < $to group by all;
create table ended as select ended - ended % $length as i, skill,
    count(*) filter (where interactive) as interactive, count(*) filter (where not interactive) as silent,
    coalesce(sum((ended - began) // 1000) filter (where interactive), 0) as seconds,
    coalesce(sum((ended - began) // 1000) filter (where not interactive), 0) as silent_seconds
  from engagements where ended >= $from and ended < $to group by all;
create table rows as select i, skill from intervals, skills where not deleted
  union select i, skill from queued union select i, skill from worked union select i, skill from began union select i, skill from ended;
select i as interval_start, skill as skill_id, s.name as skill_name,
    case when is_live then 'live' else 'reconstructed' end as _provenance,
    if(is_live, coalesce(q.offered, 0), null) as offered,
    coalesce(if(is_live, q.connected, b.n), 0) as connected,
    if(is_live, coalesce(q.abandoned, 0), null) as abandoned,
    q.abandoned / nullif(q.abandoned + q.connected, 0) as abandon_rate,
    coalesce(if(is_live, q.to_answer, b.wait), 0) as answer_total_s,
    if(is_live, q.to_answer / nullif(q.connected, 0), b.wait / b.n) as answer_avg_s,
    if(is_live, coalesce(q.to_abandon, 0), null) as abandon_total_s, q.to_abandon / nullif(q.abandoned, 0) as abandon_avg_s,
    q.queue_max, q.queue_min, q.queue_sum / q.queue_count as queue_avg,
    q.slots_max, q.slots_min, q.slots_sum / q.slots_count as slots_avg,
    coalesce(if(is_live, w.interactive, e.interactive), 0) as handled_interactive,
    coalesce(if(is_live, w.silent, e.silent), 0) as handled_noninteractive,
    coalesce(if(is_live, w.seconds, e.seconds), 0) as handle_s,
    coalesce(if(is_live, w.silent_seconds, e.silent_seconds), 0) as handle_noninteractive_s,
    if(is_live, w.seconds / nullif(w.interactive, 0), e.seconds / nullif(e.interactive, 0)) as aht_s,
    b.in_time / b.n as sl_pct, coalesce(b.n, 0) as sl_chats, coalesce(b.in_time, 0) as sl_answered_within,
    coalesce(b.n, 0) >= coalesce(if(is_live, q.connected, b.n), 0) as sl_settled
  from (select *, i in (from live) as is_live from rows)
  left join queued q using (i, skill) left join worked w using (i, skill) left join began b using (i, skill) left join ended e using (i, skill)
  left join skills s using (skill)
  order by i, skill;
