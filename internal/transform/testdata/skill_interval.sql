-- wfm.skill_interval restated from the rows of other reports, which have restatements of their
-- own. Zone is UTC; intervals are full quarters of an hour.
set TimeZone = 'UTC';
create macro quarter(t) as time_bucket(interval '15 minutes', t);
create table axis as select unnest(range(timestamptz '@FROM@', timestamptz '@TO@', interval '15 minutes')) as start;
create table skill_segments as select *, coalesce(skill_id, '-1') as skill from read_json('@SKILLS@', columns = {conversation_id: 'text', skill_seq: 'bigint', skill_id: 'text', started_at: 'timestamptz', ended_at: 'timestamptz', start_reason: 'text', end_reason: 'text', wait_human_response_ms: 'bigint', is_interactive: 'bool', is_abandoned: 'bool', is_abandoned_in_queue: 'bool', is_nonresponsive_consumer: 'bool', is_nonresponsive_agent: 'bool'});
create table agent_segments as select *, coalesce(skill_id, '-1') as skill, lag(agent_type) over (partition by conversation_id order by segment_seq) as agent_before from read_json('@AGENTS@', columns = {conversation_id: 'text', segment_seq: 'bigint', agent_id: 'text', agent_type: 'text', skill_id: 'text', assigned_at: 'timestamptz', ended_at: 'timestamptz', duration_ms: 'bigint', queue_wait_ms: 'bigint', first_response_ms: 'bigint', messages_agent: 'bigint'});
create table messages as select *, coalesce(skill_id, '-1') as skill from read_json('@MESSAGES@', columns = {conversation_id: 'text', sent_at: 'timestamptz', sender_kind: 'text', audience: 'text', dialog_type: 'text', skill_id: 'text'});
create table transfers as select * from read_json('@TRANSFERS@', columns = {conversation_id: 'text', transferred_at: 'timestamptz', reason: 'text'});
create table talks as select * from read_json('@TALKS@', columns = {conversation_id: 'text', ended_at: 'timestamptz', csat: 'bigint'});
create table threshold as select * from read_json('@THRESHOLDS@', columns = {skill: 'text', ms: 'bigint'});
create macro within_of(s) as coalesce((select ms from threshold t where t.skill = s), 1800000);
create table started as select skill, quarter(started_at) as start, count(*) as n,
  count(*) filter (start_reason = 'new_conversation') as fresh,
  count(*) filter (wait_human_response_ms <= within_of(skill)) as within_sl,
  count(*) filter (is_abandoned and (epoch_ms(ended_at) - epoch_ms(started_at)) < within_of(skill) and (wait_human_response_ms is null or wait_human_response_ms > within_of(skill))) as short
  from skill_segments group by all;
create table concluded as select skill, quarter(ended_at) as start, count(*) as n,
  count(*) filter (end_reason = 'closed_by_agent') as by_agent, count(*) filter (end_reason = 'closed_by_consumer') as by_consumer,
  count(*) filter (end_reason = 'closed_by_system') as by_system, count(*) filter (is_abandoned_in_queue) as in_queue, count(*) filter (is_abandoned) as abandoned,
  count(*) filter (is_interactive) as interactive, count(*) filter (is_nonresponsive_consumer) as consumer, count(*) filter (is_nonresponsive_agent) as agent
  from skill_segments where ended_at is not null group by all;
create table returned as select coalesce(s.skill_id, '-1') as skill, quarter(t.transferred_at) as start, count(*) as n
  from transfers t join skill_segments s on s.conversation_id = t.conversation_id and t.transferred_at >= s.started_at and (s.skill_seq = (select max(skill_seq) from skill_segments l where l.conversation_id = s.conversation_id) or t.transferred_at < s.ended_at)
  where t.reason in ('back2Q', 'SuggestedAgentTimeout') group by all;
create table assigned as select skill, quarter(assigned_at) as start, count(*) as n, count(queue_wait_ms) as waited, sum(queue_wait_ms) as wait,
  avg(queue_wait_ms) filter (segment_seq = 1) as wait_new, avg(queue_wait_ms) filter (segment_seq > 1) as wait_transfer,
  avg(queue_wait_ms) filter (segment_seq > 1 and agent_before = 'bot') as wait_bot,
  max(queue_wait_ms) as wait_max, quantile_disc(queue_wait_ms, 0.5) as p50, quantile_disc(queue_wait_ms, 0.9) as p90
  from agent_segments group by all;
create table ended as select skill, quarter(ended_at) as start, count(*) filter (agent_type = 'human' and messages_agent > 0) as handled,
  avg(first_response_ms) as first_response, sum(duration_ms) as total, avg(duration_ms) as average
  from agent_segments where ended_at is not null group by all;
create table said as select skill, quarter(sent_at) as start, count(*) as n from messages
  where sender_kind = 'human' and audience = 'ALL' and dialog_type is distinct from 'POST_SURVEY' group by all;
create table opened as select skill, axis.start, count(*) as n from axis join agent_segments on assigned_at <= axis.start + interval '15 minutes' and (ended_at is null or ended_at > axis.start + interval '15 minutes') group by all;
create table rated as select s.skill, quarter(t.ended_at) as start, count(*) as n, count(*) filter (t.csat >= 4) as good
  from talks t join skill_segments s on s.conversation_id = t.conversation_id and s.skill_seq = (select max(skill_seq) from skill_segments l where l.conversation_id = s.conversation_id)
  where t.csat is not null and t.ended_at is not null group by all;
create table skills as select skill from started union select skill from concluded union select skill from assigned union select skill from opened;
select s.skill as skill_id, epoch_ms(axis.start) as start,
  coalesce(b.n, 0) + coalesce(r.n, 0) as offered, coalesce(b.fresh, 0) as offered_new, coalesce(b.n - b.fresh, 0) as offered_transfer_in,
  coalesce(a.n, 0) as assigned, coalesce(e.handled, 0) as handled, coalesce(c.n, 0) as concluded,
  coalesce(c.by_agent + c.by_consumer + c.by_system, 0) as closed, coalesce(c.n - c.by_agent - c.by_consumer - c.by_system, 0) as transferred_out,
  coalesce(c.by_agent, 0) as resolved_by_agent, coalesce(c.by_consumer, 0) as resolved_by_consumer, coalesce(c.by_system, 0) as resolved_by_system,
  coalesce(c.in_queue, 0) as abandoned_in_queue, coalesce(c.abandoned, 0) as abandoned_total, c.abandoned / c.n as abandon_rate,
  coalesce(c.interactive, 0) as interactive, coalesce(c.consumer, 0) as nonresponsive_consumer, coalesce(c.agent, 0) as nonresponsive_agent,
  case when a.waited > 0 then floor(a.wait / a.waited + 0.5) end as wait_avg_ms, floor(a.wait_new + 0.5) as wait_new_avg_ms,
  floor(a.wait_transfer + 0.5) as wait_transfer_avg_ms, floor(a.wait_bot + 0.5) as wait_bot_transfer_avg_ms,
  a.wait_max as wait_max_ms, a.p50 as wait_p50_ms, a.p90 as wait_p90_ms, floor(e.first_response + 0.5) as first_response_avg_ms,
  within_of(s.skill) as sl_threshold_ms, coalesce(b.within_sl, 0) as sl_answered_within, coalesce(b.short, 0) as sl_abandoned_short,
  case when coalesce(b.n, 0) - coalesce(b.short, 0) <> 0 then 100 * b.within_sl / (b.n - b.short) end as sl_pct,
  coalesce(e.total, 0) as segment_time_ms, floor(e.average + 0.5) as segment_avg_ms, coalesce(m.n, 0) as messages_sent, coalesce(o.n, 0) as open_assigned_end,
  coalesce(q.n, 0) as csat_answers, coalesce(q.good, 0) as csat_positive, 100 * q.good / q.n as csat_pct
from skills s cross join axis
left join started b on b.skill = s.skill and b.start = axis.start left join returned r on r.skill = s.skill and r.start = axis.start
left join concluded c on c.skill = s.skill and c.start = axis.start left join assigned a on a.skill = s.skill and a.start = axis.start
left join ended e on e.skill = s.skill and e.start = axis.start left join said m on m.skill = s.skill and m.start = axis.start
left join opened o on o.skill = s.skill and o.start = axis.start left join rated q on q.skill = s.skill and q.start = axis.start
order by 1, 2;
