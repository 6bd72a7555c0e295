import { alerts, dashboard, heatmap, latencies, lines, logLines, quantile, rate, stat, table, total } from '../panels.mjs';

const operations = 'graphql_operation_duration_seconds';
const failed = 'error_type=~"internal|timeout|dependency"';
const budget = [{ color: 'red', value: null }, { color: 'orange', value: 0.1 }, { color: 'green', value: 0.5 }];

export const service = dashboard({
  file: 'service',
  title: 'Linli: service',
  description: 'Whether people get what they ask for, and where to look if not.',
  rows: [
    ['At a glance',
      stat('Availability budget left', 'What is left of the operations that may fail by our fault in 30 days.', 'percentunit', 'slo:error_budget_remaining:ratio30d{slo="graphql-availability"}', { thresholds: budget }),
      stat('Latency budget left', 'What is left of the operations that may take longer than half a second in 30 days.', 'percentunit', 'slo:error_budget_remaining:ratio30d{slo="graphql-latency"}', { thresholds: budget }),
      stat('Operations', 'Answered per second.', 'reqps', rate(`${operations}_count`)),
      stat('Failed', 'Share of operations that fail by our fault.', 'percentunit', `(${rate(`${operations}_count`, [], failed)} or vector(0)) / ${rate(`${operations}_count`)}`),
      stat('p99', 'One operation in a hundred takes longer.', 's', quantile(0.99, operations, [], 'graphql_operation_type!="subscription"')),
      stat('Sockets and streams', 'Open now.', 'short', total('graphql_connection_active'))],
    ['What is asked, what fails, how long it takes',
      lines('Operations by type', 'Queries, mutations, and events of subscriptions.', 'reqps', [[rate(`${operations}_count`, ['graphql_operation_type']), '{{graphql_operation_type}}']]),
      lines('Failures by kind', 'Operations with errors; internal, timeout and dependency are ours, the others are of clients.', 'reqps', [[rate(`${operations}_count`, ['error_type'], 'error_type!=""'), '{{error_type}}']]),
      latencies('Duration of operations', 'Each point is an exemplar: click it to see its trace.', [
        [quantile(0.5, operations, [], 'graphql_operation_type!="subscription"'), 'p50'],
        [quantile(0.95, operations, [], 'graphql_operation_type!="subscription"'), 'p95'],
        [quantile(0.99, operations, [], 'graphql_operation_type!="subscription"'), 'p99']]),
      heatmap('Durations', 'How many operations took how long, with exemplars.', 's', `sum by (le) (increase(${operations}_bucket{instance=~"$instance"}[$__rate_interval]))`)],
    ['At the door',
      lines('Requests by route and status', 'All of HTTP, health checks included.', 'reqps', [[rate('http_server_request_duration_seconds_count', ['http_route', 'http_response_status_code']), '{{http_route}} {{http_response_status_code}}']]),
      latencies('p99 by route', 'Until the head of the response.', [[quantile(0.99, 'http_server_request_duration_seconds', ['http_route']), '{{http_route}}']]),
      lines('Requests under way', 'If it grows while the rate does not, requests wait for something.', 'short', [[total('http_server_active_requests', ['instance']), '{{instance}}']]),
      lines('Attempts to log in', 'By method and outcome. Many that are refused: somebody tries passwords.', 'reqps', [[rate('auth_attempts_total', ['method', 'outcome']), '{{method}} {{outcome}}']]),
      latencies('Password hashing', 'Slow by design; who waits for a turn is counted apart.', [[quantile(0.99, 'password_hash_duration_seconds'), 'p99']], { width: 8 }),
      lines('Waiting to hash a password', 'Turns are bounded, so that hashing does not take all of the CPU.', 'short', [[total('password_hash_pending_requests', ['instance']), '{{instance}}']], { width: 8 }),
      table('Releases', 'Which release runs where.', [['Instances', 'short', 'count by (version, commit) (linli_build_info{instance=~"$instance"})']], { width: 8, height: 8 })],
    ['What is wrong',
      alerts('Alerts', 'What fires now. The annotations of each lead to its runbook and its dashboard.'),
      logLines('Log lines by level', 'Errors and warnings are worth reading.', 'short', [['sum by (level) (count_over_time({service_name="linli"}[$__auto]))', '{{level}}']], { stack: true })],
  ],
});

const slos = ['graphql-availability', 'graphql-latency'];
const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];

export const slo = dashboard({
  file: 'slo',
  title: 'Linli: objectives',
  description: 'What we promise over 30 days (99.95 % of operations do not fail by our fault, 99 % take at most half a second), and how fast the rest is used up.',
  range: 'now-7d',
  rows: slos.map((slo) => [
    slo === 'graphql-availability' ? 'Availability: 99.95 %' : 'Latency: 99 % within 0.5 s',
    stat('Budget left', 'Of 30 days, weighted by traffic. Below zero, the promise is broken.', 'percentunit', `slo:error_budget_remaining:ratio30d{slo="${slo}"}`, { width: 6, thresholds: budget }),
    stat('Burn rate, 1 h', 'At 1 the budget lasts for exactly 30 days; 14.4 pages.', 'short', `slo:sli_error:ratio_rate1h{slo="${slo}"} / on (slo) slo:error_budget:ratio`, { width: 6 }),
    stat('Budget lasts for', 'If it goes on as in the last six hours.', 's', `clamp_min(slo:error_budget_remaining:ratio30d{slo="${slo}"}, 0) * 30 * 86400 / on (slo) (slo:sli_error:ratio_rate6h / on (slo) slo:error_budget:ratio)`, { width: 6 }),
    stat('Bad until exhaustion', 'Operations that may still fail (or be slow) before the budget of 30 days is spent.', 'short', `clamp_min(slo:error_budget_remaining:ratio30d{slo="${slo}"}, 0) * on (slo) slo:error_budget:ratio * on (slo) sum_over_time(slo:total:increase5m[30d:5m])`, { width: 6 }),
    lines('Burn rate by window', 'Pages: 1h and 5m above 14.4, or 6h and 30m above 6. Tickets: 1d and 2h above 3, or 3d and 6h above 1.', 'short',
      windows.map((w) => [`slo:sli_error:ratio_rate${w}{slo="${slo}"} / on (slo) slo:error_budget:ratio`, w]).slice(0, 7)),
    lines('Budget left over time', 'A step down is an incident; a slope is a habit.', 'percentunit', [[`slo:error_budget_remaining:ratio30d{slo="${slo}"}`, 'left']], { min: undefined }),
    lines('Operations and bad ones', 'In five minutes.', 'short', [[`slo:total:increase5m{slo="${slo}"}`, 'all'], [`slo:bad:increase5m{slo="${slo}"}`, 'bad']], { width: 24 }),
  ]),
});
