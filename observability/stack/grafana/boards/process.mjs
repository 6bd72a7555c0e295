import { dashboard, lines, logLines, logs, rate, stat, total } from '../panels.mjs';

const each = '{{job}} {{instance}}';
const ours = 'job=~"api|worker"';

export const runtime = dashboard({
  file: 'runtime',
  title: 'Linli: runtime',
  description: 'The processes: threads, tasks, memory, files.',
  rows: [
    ['Tasks',
      lines('Workers busy', 'Share of the time that the threads of tokio are busy. Above 0.9 everything waits.', 'percentunit', [[`${rate('tokio_worker_busy_seconds_total', ['job', 'instance'])} / ${total('tokio_workers', ['job', 'instance'])}`, each]], { max: 1 }),
      lines('Tasks that wait', 'For any worker. It should be near zero.', 'short', [[total('tokio_global_queue_depth', ['job', 'instance']), each]]),
      lines('Tasks', 'That have not ended. A socket is a task.', 'short', [[total('tokio_alive_tasks', ['job', 'instance']), each]]),
      lines('Threads', 'Of the process, blocking ones included.', 'short', [[total('process_threads', ['job', 'instance'], ours), each]])],
    ['Memory and CPU',
      lines('CPU', 'In cores.', 'short', [[rate('process_cpu_seconds_total', ['job', 'instance'], ours), each]]),
      lines('Resident memory', 'As the system sees it.', 'bytes', [[total('process_resident_memory_bytes', ['job', 'instance'], ours), each]]),
      lines('Held by the program', 'If it grows without end, something is never given back.', 'bytes', [[total('allocator_allocated_bytes', ['job', 'instance']), each]]),
      lines('Held by the allocator beyond that', 'Fragments, and what is kept for later.', 'bytes', [[`${total('allocator_resident_bytes', ['job', 'instance'])} - ${total('allocator_allocated_bytes', ['job', 'instance'])}`, each]])],
    ['Files and age',
      lines('File descriptors', 'Share of what may be open. A socket takes one.', 'percentunit', [[`${total('process_open_fds', ['job', 'instance'], ours)} / ${total('process_max_fds', ['job', 'instance'], ours)}`, each]], { max: 1 }),
      lines('Age', 'It falls to zero with each start.', 's', [[`time() - max by (job, instance) (process_start_time_seconds{instance=~"$instance",${ours}})`, each]])],
  ],
});

export const telemetry = dashboard({
  file: 'telemetry',
  title: 'Linli: telemetry',
  description: 'Whether what the program says arrives. What is dropped hurts no request, but it blinds us.',
  rows: [
    ['At a glance',
      stat('Targets down', 'What Prometheus can\'t reach.', 'short', 'count(up == 0) or vector(0)'),
      stat('Spans lost', 'Per second.', 'short', `(${rate('otel_sdk_exporter_span_exported_total', [], 'error_type!=""')} or vector(0)) + (${rate('otel_sdk_processor_span_dropped_total', [], 'reason="queue_full"')} or vector(0))`),
      stat('Log lines dropped', 'Per second.', 'short', `${rate('log_pipeline_lines_total', [], 'outcome="dropped"')} or vector(0)`),
      stat('Exemplars', 'Stored per second.', 'short', 'sum(rate(prometheus_tsdb_exemplar_exemplars_appended_total[$__rate_interval]))'),
      stat('Series', 'That Prometheus keeps in memory.', 'short', 'sum(prometheus_tsdb_head_series)'),
      stat('Alerts not delivered', 'In the last hour.', 'short', '(sum(increase(prometheus_notifications_dropped_total[1h])) or vector(0)) + (sum(increase(alertmanager_notifications_failed_total[1h])) or vector(0))')],
    ['Spans',
      lines('Exported by the program', 'With an error they were lost on the way.', 'short', [[rate('otel_sdk_exporter_span_exported_total', ['job', 'error_type']), '{{job}} {{error_type}}']]),
      lines('Dropped by the program', 'queue_full: more than the exporter keeps up with; trace_full: more than --max-spans in one trace, by design.', 'short', [[rate('otel_sdk_processor_span_dropped_total', ['job', 'reason']), '{{job}} {{reason}}']]),
      lines('Taken by Jaeger', 'Accepted and refused; the memory limiter refuses.', 'short', [['sum(rate(otelcol_receiver_accepted_spans_total[$__rate_interval]))', 'accepted'], ['sum(rate(otelcol_receiver_refused_spans_total[$__rate_interval]))', 'refused'], ['sum(rate(otelcol_exporter_sent_spans_total[$__rate_interval]))', 'stored'], ['sum(rate(otelcol_exporter_send_failed_spans_total[$__rate_interval]))', 'not stored']]),
      lines('Traces that are kept', 'By the policy that decided. `others` is a tenth of what nothing speaks for.', 'short', [['sum by (policy, sampled) (rate(otelcol_processor_tail_sampling_count_traces_sampled_total[$__rate_interval]))', '{{policy}} {{sampled}}'], ['sum(rate(otelcol_processor_tail_sampling_sampling_trace_dropped_too_early_total[$__rate_interval]))', 'dropped before they were judged']])],
    ['Log lines',
      lines('Lines by sink', 'Written and dropped.', 'short', [[rate('log_pipeline_lines_total', ['sink', 'outcome']), '{{sink}} {{outcome}}']]),
      lines('Lines that wait', 'The queue is bounded; what does not fit is dropped and counted.', 'short', [[total('log_pipeline_queue_lines', ['instance', 'sink']), '{{instance}} {{sink}}']]),
      lines('Taken by Loki', 'Should be what the program wrote.', 'short', [['sum(rate(loki_distributor_lines_received_total[$__rate_interval]))', 'received'], [rate('log_pipeline_lines_total', [], 'sink="loki",outcome="written"'), 'written'], ['sum(rate(loki_discarded_samples_total[$__rate_interval]))', 'discarded']], { width: 24 })],
    ['Metrics and alerts',
      lines('Samples of a scrape', 'By job. A jump is a label that should not be one.', 'short', [['sum by (job) (scrape_samples_post_metric_relabeling)', '{{job}}']]),
      lines('Time of a scrape', 'By job.', 's', [['max by (job) (scrape_duration_seconds)', '{{job}}']]),
      lines('Rules that fail', 'Alerts that are blind.', 'short', [['sum by (rule_group) (rate(prometheus_rule_evaluation_failures_total[$__rate_interval]))', '{{rule_group}}'], ['sum by (rule_group) (rate(loki_prometheus_rule_evaluation_failures_total[$__rate_interval]))', 'Loki: {{rule_group}}']]),
      lines('Notifications', 'Sent by Alertmanager, and failed.', 'short', [['sum by (integration) (rate(alertmanager_notifications_total[$__rate_interval]))', '{{integration}}'], ['sum by (integration) (rate(alertmanager_notifications_failed_total[$__rate_interval]))', '{{integration}} failed']])],
  ],
});

const lineOf = '{service_name="linli", level=~"$level"} | json';
const found = `${lineOf} | trace_id=~".*$trace.*" | graphql_operation_name=~".*$operation.*"`;

export const logLinesOf = dashboard({
  file: 'logs',
  title: 'Linli: logs',
  description: 'What the program says. Each line that belongs to a request has the id of its trace, which is a link.',
  range: 'now-1h',
  variables: [['level', 'Level', '.*'], ['operation', 'Operation'], ['trace', 'Trace']],
  rows: [
    ['How much',
      logLines('Lines by level', 'Errors first.', 'short', [['sum by (level) (count_over_time({service_name="linli"}[$__auto]))', '{{level}}']], { stack: true }),
      logLines('Warnings and errors by target', 'Which part of the program complains.', 'short', [['topk(10, sum by (target) (count_over_time({service_name="linli", level=~"warn|error"} | json [$__auto])))', '{{target}}']])],
    ['Slow statements',
      logLines('By summary', 'Statements that took longer than 200 ms.', 'short', [['topk(10, sum by (db_query_summary) (count_over_time({service_name="linli", level="warn"} | json | db_query_summary != "" [$__auto])))', '{{db_query_summary}}']]),
      logLines('Slowest requests', 'Longest of each operation.', 'ms', [['topk(10, max by (graphql_operation_name) (max_over_time({service_name="linli"} | json | graphql_operation_name != "" | unwrap duration_ms [$__auto])))', '{{graphql_operation_name}}']])],
    ['Lines',
      logs('Errors', 'Once each, where they leave the program.', '{service_name="linli", level="error"} | json'),
      logs('All, as chosen above', 'By level, by a part of the name of an operation, by trace.', found, { height: 16 })],
  ],
});
