import { dashboard, heatmap, latencies, lines, quantile, rate, table } from '../panels.mjs';

const operations = 'graphql_operation_duration_seconds';
const name = 'graphql_operation_name';

export const graphqlOperations = dashboard({
  file: 'operations',
  title: 'Linli: operations',
  description: 'What clients ask for, by the name that they give it. The first 200 names of a process are counted apart, others as __other__.',
  rows: [
    ['By name',
      table('Operations', 'Click a name in the traces of Jaeger (tag graphql.operation.name) to see single ones.', [
        ['per second', 'reqps', rate(`${operations}_count`, [name])],
        ['failing by our fault', 'reqps', rate(`${operations}_count`, [name], 'error_type=~"internal|timeout|dependency"')],
        ['p50', 's', quantile(0.5, operations, [name])],
        ['p95', 's', quantile(0.95, operations, [name])],
        ['p99', 's', quantile(0.99, operations, [name])],
        ['statements, p95', 'short', quantile(0.95, 'graphql_operation_db_statements', [name])]], { height: 12 }),
      latencies('Slowest by p99', 'The ten slowest names.', [[`topk(10, ${quantile(0.99, operations, [name])})`, `{{${name}}}`]]),
      lines('Most frequent', 'The ten most frequent names.', 'reqps', [[`topk(10, ${rate(`${operations}_count`, [name])})`, `{{${name}}}`]])],
    ['Errors',
      lines('Refused mutations', 'Reasons why mutations did nothing, by the code of `userErrors`: what people do wrong, or what a release does not let them do any more.', 'short', [[rate('graphql_user_errors_total', ['graphql_error_code']), '{{graphql_error_code}}']]),
      lines('Errors by code', 'extensions.code of what is in `errors` of responses. INTERNAL is a fault of ours.', 'short', [[rate('graphql_operation_errors_total', ['graphql_error_code']), '{{graphql_error_code}}']]),
      lines('Failing operations by name', 'Those that fail by our fault.', 'reqps', [[`topk(10, ${rate(`${operations}_count`, [name, 'error_type'], 'error_type=~"internal|timeout|dependency"')})`, `{{${name}}} {{error_type}}`]])],
    ['How much is asked for',
      heatmap('Complexity', 'Selected fields, fragments expanded.', 'short', 'sum by (le) (increase(graphql_operation_complexity_bucket{instance=~"$instance"}[$__rate_interval]))'),
      heatmap('Depth', 'Levels of selected fields.', 'short', 'sum by (le) (increase(graphql_operation_depth_bucket{instance=~"$instance"}[$__rate_interval]))'),
      lines('Share of names that are not counted apart', 'Above 5 % somebody makes up names, or there are really that many.', 'percentunit', [[`${rate(`${operations}_count`, [], `${name}="__other__"`)} / ${rate(`${operations}_count`)}`, '__other__'], [`${rate(`${operations}_count`, [], `${name}="__anonymous__"`)} / ${rate(`${operations}_count`)}`, '__anonymous__']], { width: 24 })],
  ],
});

const field = ['graphql_field_parent_type', 'graphql_field_name'];

export const fields = dashboard({
  file: 'fields',
  title: 'Linli: fields and deprecations',
  description: 'What of the schema is used, and what may go.',
  range: 'now-7d',
  rows: [
    ['Deprecated',
      table('Deprecated fields that are still asked for', 'A deprecated field that is missing here may be removed. Whoever asks for it is in the log: filter by the name of the operation.', [
        ['per second', 'reqps', rate('graphql_field_requests_total', field, 'deprecated="true"')],
        ['in the last day', 'short', `sum by (${field.join(', ')}) (increase(graphql_field_requests_total{instance=~"$instance",deprecated="true"}[1d]))`]]),
      lines('Use of deprecated fields', 'It should fall.', 'reqps', [[rate('graphql_field_requests_total', field, 'deprecated="true"'), '{{graphql_field_parent_type}}.{{graphql_field_name}}']], { width: 24 })],
    ['All',
      table('Fields by use', 'Operations that select a field, the fifty most frequent.', [['per second', 'reqps', `topk(50, ${rate('graphql_field_requests_total', field)})`]], { width: 12, height: 14 }),
      table('Fields that are hardly used', 'Asked for by somebody since the process began, but less than once an hour in the last day.', [['in the last day', 'short', `sum by (${field.join(', ')}) (increase(graphql_field_requests_total{instance=~"$instance"}[1d])) < 24`]], { width: 12, height: 14 })],
  ],
});

const loader = 'graphql_dataloader_name';

export const loaders = dashboard({
  file: 'loaders',
  title: 'Linli: resolvers and loaders',
  description: 'Whether rows are loaded in batches, or one by one.',
  rows: [
    ['Statements',
      lines('Statements per operation, p95', 'A name that climbs with the length of a list lacks a loader.', 'short', [[`topk(10, ${quantile(0.95, 'graphql_operation_db_statements', ['graphql_operation_name'])})`, '{{graphql_operation_name}}']]),
      heatmap('Statements per operation', 'Most take fewer than ten.', 'short', 'sum by (le) (increase(graphql_operation_db_statements_bucket{instance=~"$instance"}[$__rate_interval]))'),
      lines('Statements per second', 'Of operations, by their type.', 'short', [[rate('graphql_operation_db_statements_sum', ['graphql_operation_type']), '{{graphql_operation_type}}']], { width: 24 })],
    ['Batches',
      table('Loaders', 'Keys that were asked for and keys that were loaded: the rest was asked for twice.', [
        ['batches', 'reqps', rate('graphql_dataloader_batch_size_count', [loader])],
        ['keys of a batch', 'short', `${rate('graphql_dataloader_batch_size_sum', [loader])} / ${rate('graphql_dataloader_batch_size_count', [loader])}`],
        ['asked for', 'short', rate('graphql_dataloader_keys_requested_total', [loader])],
        ['saved', 'percentunit', `1 - ${rate('graphql_dataloader_batch_size_sum', [loader])} / ${rate('graphql_dataloader_keys_requested_total', [loader])}`]]),
      lines('Keys of a batch, p95', 'At 1, nothing is batched.', 'short', [[quantile(0.95, 'graphql_dataloader_batch_size', [loader]), `{{${loader}}}`]], { width: 24 })],
  ],
});
