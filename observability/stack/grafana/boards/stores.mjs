import { dashboard, latencies, lines, logs, quantile, rate, stat, table, total } from '../panels.mjs';

const calls = 'db_client_operation_duration_seconds';
const postgresOnly = 'db_system_name="postgresql"';
const ours = 'datname!~"template.*|postgres"';
const pool = ['instance', 'db_client_connection_pool_name'];

export const postgres = dashboard({
  file: 'postgres',
  title: 'Linli: PostgreSQL',
  description: 'As the program sees it, by statement, and as it sees itself, by its exporter.',
  rows: [
    ['Statements',
      table('By summary', 'Which statement is slow, and how often. Its text is in the traces (db.query.text).', [
        ['per second', 'reqps', rate(`${calls}_count`, ['db_query_summary'], postgresOnly)],
        ['time taken', 'percentunit', rate(`${calls}_sum`, ['db_query_summary'], postgresOnly)],
        ['p95', 's', quantile(0.95, calls, ['db_query_summary'], postgresOnly)],
        ['p99', 's', quantile(0.99, calls, ['db_query_summary'], postgresOnly)]], { height: 12 }),
      latencies('Slowest by p99', 'The ten slowest; a point leads to its trace.', [[`topk(10, ${quantile(0.99, calls, ['db_query_summary'], postgresOnly)})`, '{{db_query_summary}}']]),
      lines('Failures by SQLSTATE', '23… are refused by constraints and explained to clients; 40… are tried again; 08006, 53, 57 and XX are trouble; of cancelled ones, the client hung up.', 'reqps', [[rate(`${calls}_count`, ['error_type'], `${postgresOnly},error_type!=""`), '{{error_type}}']])],
    ['Connections of the program',
      lines('In use and idle', 'All in use and somebody waiting: see what they do in pg_stat_activity.', 'short', [[total('db_client_connection_count', ['instance', 'db_client_connection_state']), '{{instance}} {{db_client_connection_state}}'], [total('db_client_connection_max', pool), '{{instance}} most']]),
      lines('Waiting', 'Who waits for a connection, and who got none in time (per second).', 'short', [[total('db_client_connection_pending_requests', pool), '{{instance}} waiting'], [rate('db_client_connection_timeouts_total', pool), '{{instance}} timed out']]),
      latencies('Wait for a connection, p99', 'Milliseconds at most, as long as the pool is large enough.', [[quantile(0.99, 'db_client_connection_wait_time_seconds', pool), '{{instance}}']], { width: 24 })],
    ['The server',
      stat('Up', 'Whether the exporter can connect.', 'bool_yes_no', 'min(pg_up)'),
      stat('Connections', 'Share of max_connections that is taken.', 'percentunit', 'sum(pg_stat_activity_count) / max(pg_settings_max_connections)'),
      stat('Size', 'Of the database.', 'bytes', `sum(pg_database_size_bytes{${ours}})`),
      stat('Found in buffers', 'Share of blocks that were in shared_buffers.', 'percentunit', `sum(rate(pg_stat_database_blks_hit{${ours}}[$__rate_interval])) / (sum(rate(pg_stat_database_blks_hit{${ours}}[$__rate_interval])) + sum(rate(pg_stat_database_blks_read{${ours}}[$__rate_interval])))`),
      stat('Deadlocks', 'In the last day. Each was tried again.', 'short', `sum(increase(pg_stat_database_deadlocks{${ours}}[1d]))`),
      stat('Longest transaction', 'That is open now.', 's', `max(pg_stat_activity_max_tx_duration{${ours}})`),
      lines('Transactions', 'Committed and rolled back.', 'short', [[`sum(rate(pg_stat_database_xact_commit{${ours}}[$__rate_interval]))`, 'committed'], [`sum(rate(pg_stat_database_xact_rollback{${ours}}[$__rate_interval]))`, 'rolled back']]),
      lines('Connections by state', '"idle in transaction" should not last.', 'short', [['sum by (state) (pg_stat_activity_count)', '{{state}}']], { stack: true }),
      lines('Locks', 'By mode. AccessExclusiveLock stops everybody.', 'short', [[`sum by (mode) (pg_locks_count{${ours}})`, '{{mode}}']]),
      lines('Rows that are dead', 'By table. Autovacuum should keep up, above all with events.', 'short', [['topk(10, sum by (relname) (pg_stat_user_tables_n_dead_tup))', '{{relname}}']])],
  ],
});

const redisOnly = 'db_system_name="redis"';
const hits = 'result=~"memory|redis|stale|absent|joined"';

export const redis = dashboard({
  file: 'redis',
  title: 'Linli: Redis and caches',
  description: 'What is remembered, and how well that works. Redis may vanish, and nothing is lost but time.',
  rows: [
    ['Caches',
      lines('Found without PostgreSQL', 'Share of rows that were in the process, in Redis, known to be absent, or being loaded already.', 'percentunit', [[`${rate('cache_requests_total', ['cache'], hits)} / ${rate('cache_requests_total', ['cache'])}`, '{{cache}}']], { max: 1 }),
      lines('Look-ups by result', 'loaded came from PostgreSQL.', 'short', [[rate('cache_requests_total', ['cache', 'result']), '{{cache}} {{result}}']]),
      lines('Rows in the process', 'By cache and instance.', 'short', [[total('cache_entries', ['cache', 'instance']), '{{cache}} {{instance}}']]),
      lines('Memory of those rows', 'Estimated.', 'bytes', [[total('cache_weight_bytes', ['cache', 'instance']), '{{cache}} {{instance}}']])],
    ['The link',
      lines('Redis is there', 'As each instance sees it.', 'bool_yes_no', [['min by (job, instance) (redis_link_up{instance=~"$instance"})', '{{job}} {{instance}}']], { max: 1 }),
      lines('Commands by outcome', 'Those that are turned away cost nothing: Redis was known to be away.', 'short', [[rate('redis_link_commands_total', ['outcome']), '{{outcome}}']]),
      latencies('Commands, p99', 'By name; a point leads to its trace.', [[quantile(0.99, calls, ['db_query_summary'], redisOnly), '{{db_query_summary}}']]),
      lines('Failures', 'How Redis failed.', 'short', [[rate(`${calls}_count`, ['error_type'], `${redisOnly},error_type!=""`), '{{error_type}}']])],
    ['The server',
      stat('Up', 'Whether the exporter can connect.', 'bool_yes_no', 'min(redis_up)'),
      stat('Memory', 'Share of maxmemory. It is full as a rule: what was used longest ago makes room.', 'percentunit', 'max(redis_memory_used_bytes / redis_memory_max_bytes)'),
      stat('Clients', 'Connections.', 'short', 'sum(redis_connected_clients)'),
      stat('Keys', 'In all.', 'short', 'sum(redis_db_keys)'),
      stat('Found', 'Share of the keys that were looked up in Redis and were there.', 'percentunit', 'sum(rate(redis_keyspace_hits_total[$__rate_interval])) / (sum(rate(redis_keyspace_hits_total[$__rate_interval])) + sum(rate(redis_keyspace_misses_total[$__rate_interval])))'),
      stat('Channels', 'That somebody listens to.', 'short', 'sum(redis_pubsub_channels)'),
      lines('Memory', 'Used and allowed.', 'bytes', [['sum(redis_memory_used_bytes)', 'used'], ['sum(redis_memory_max_bytes)', 'maxmemory']]),
      lines('Evicted and expired', 'Evicted before their time: more memory would save statements.', 'short', [['sum(rate(redis_evicted_keys_total[$__rate_interval]))', 'evicted'], ['sum(rate(redis_expired_keys_total[$__rate_interval]))', 'expired']]),
      lines('Time by command', 'Of each second, the part that Redis spends on a command. It has one thread.', 'percentunit', [['topk(10, sum by (cmd) (rate(redis_commands_duration_seconds_total[$__rate_interval])))', '{{cmd}}']], { width: 24 })],
  ],
});

const destination = 'messaging_destination_name';
const events = 'messaging_process_duration_seconds';

export const eventsAndSubscriptions = dashboard({
  file: 'events',
  title: 'Linli: subscriptions and events',
  description: 'What people are told: events that wait for a worker, and sockets and streams that wait for news.',
  rows: [
    ['Events',
      lines('Waiting', 'Events that no worker has handled yet.', 'short', [[`max by (${destination}) (messaging_queue_depth)`, 'waiting'], [`max by (${destination}) (messaging_queue_parked)`, 'parked']]),
      lines('Age of the oldest', 'People are told so much late.', 's', [[`max by (${destination}) (messaging_queue_oldest_age_seconds)`, 'oldest']]),
      lines('Handled', 'By kind, and by what went wrong.', 'short', [[rate(`${events}_count`, ['event_kind', 'error_type']), '{{event_kind}} {{error_type}}']]),
      latencies('Time to handle one, p99', 'By kind; a point leads to its trace.', [[quantile(0.99, events, ['event_kind']), '{{event_kind}}']]),
      lines('E-mails', 'By outcome.', 'short', [[rate('mail_sent_total', ['outcome']), '{{outcome}}']], { width: 24 })],
    ['Subscriptions',
      lines('Sockets and streams', 'Open now, by instance.', 'short', [[total('graphql_connection_active', ['transport', 'instance']), '{{transport}} {{instance}}']]),
      lines('Closed', 'By close code. 1013 too many, 4403 the token is over, 4408 nobody introduced themselves, 1009 a message too big; gone: the client left.', 'short', [[rate('graphql_connection_closed_total', ['transport', 'code']), '{{transport}} {{code}}']]),
      lines('Subscriptions under way', 'By field.', 'short', [[total('graphql_subscription_active', ['graphql_field_name']), '{{graphql_field_name}}']]),
      lines('Events sent', 'By field.', 'short', [[rate('graphql_subscription_events_total', ['graphql_field_name']), '{{graphql_field_name}}']]),
      latencies('Time to answer one event, p99', 'From the row to the last field.', [[quantile(0.99, 'graphql_operation_duration_seconds', [], 'graphql_operation_type="subscription"'), 'p99']]),
      latencies('Time until it is sent, p99', 'From the moment when the subscription hears of it, by field: it waits for its turn, and for clients that are slow.', [[quantile(0.99, 'graphql_subscription_lag_seconds', ['graphql_field_name']), '{{graphql_field_name}}']])],
    ['What went wrong', logs('Events that failed', 'The worker says why.', '{service_name="linli", level=~"warn|error"} | json | event_kind != ""')],
  ],
});
