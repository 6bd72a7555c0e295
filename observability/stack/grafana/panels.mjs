// What dashboards are made of. A panel is a title, what it tells, a unit and its queries; everything else is the same everywhere.

const prometheus = { type: 'prometheus', uid: '${prometheus}' };
const loki = { type: 'loki', uid: '${loki}' };

const letters = 'ABCDEFGH';

const query = (source, type) => (given, index) => {
  const [expr, legend = '__auto', more = {}] = Array.isArray(given) ? given : [given];
  return { refId: letters[index], datasource: source, expr, legendFormat: legend, ...type, ...more };
};

const panel = (type, title, description, unit, targets, more = {}) => ({
  type,
  title,
  description,
  datasource: more.source ?? prometheus,
  targets,
  width: more.width ?? 12,
  height: more.height ?? 8,
  links: more.links ?? [],
  fieldConfig: {
    defaults: {
      unit,
      ...(more.min === undefined ? {} : { min: more.min }),
      ...(more.max === undefined ? {} : { max: more.max }),
      ...(more.thresholds ? { thresholds: { mode: 'absolute', steps: more.thresholds } } : {}),
      ...(more.custom ? { custom: more.custom } : {}),
    },
    overrides: more.overrides ?? [],
  },
  options: more.options ?? {},
});

const legend = { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] };

export const lines = (title, description, unit, queries, more = {}) =>
  panel('timeseries', title, description, unit, queries.map(query(prometheus, { range: true })), {
    min: 0,
    custom: { fillOpacity: more.stack ? 30 : 8, lineWidth: 1, showPoints: 'never', stacking: { mode: more.stack ? 'normal' : 'none' } },
    options: { legend, tooltip: { mode: 'multi', sort: 'desc' } },
    ...more,
  });

/** Durations, with a point for each exemplar that leads to its trace. */
export const latencies = (title, description, queries, more = {}) =>
  lines(title, description, 's', queries.map(([expr, name]) => [expr, name, { exemplar: true }]), more);

export const stat = (title, description, unit, expr, more = {}) =>
  panel('stat', title, description, unit, [query(prometheus, { instant: true })([expr, more.legend], 0)], {
    width: 4,
    height: 4,
    options: { colorMode: 'value', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] } },
    ...more,
  });

/** A row for each set of labels; the columns are the queries, each with its own unit. */
export const table = (title, description, columns, more = {}) => ({
  ...panel('table', title, description, 'short', columns.map(([, , expr], index) => query(prometheus, { instant: true, format: 'table' })(expr, index)), {
    width: 24,
    height: 10,
    overrides: columns.map(([name, unit], index) => ({
      matcher: { id: 'byName', options: columns.length > 1 ? `Value #${letters[index]}` : 'Value' },
      properties: [{ id: 'unit', value: unit }, { id: 'displayName', value: name }],
    })),
    options: { sortBy: [{ displayName: columns[0][0], desc: true }] },
    ...more,
  }),
  transformations: [{ id: 'merge', options: {} }, { id: 'organize', options: { excludeByName: { Time: true } } }],
});

export const heatmap = (title, description, unit, expr, more = {}) =>
  panel('heatmap', title, description, unit, [query(prometheus, { range: true, format: 'heatmap', exemplar: true })([expr, '{{le}}'], 0)], {
    options: { calculate: false, yAxis: { unit }, color: { mode: 'scheme', scheme: 'Oranges' }, exemplars: { color: 'rgba(255,0,255,0.7)' } },
    ...more,
  });

export const logs = (title, description, expr, more = {}) =>
  panel('logs', title, description, 'short', [query(loki, { queryType: 'range' })([expr, ''], 0)], {
    source: loki,
    width: 24,
    height: 12,
    options: { showTime: true, wrapLogMessage: true, enableLogDetails: true, sortOrder: 'Descending' },
    ...more,
  });

export const logLines = (title, description, unit, queries, more = {}) => ({
  ...lines(title, description, unit, [], more),
  datasource: loki,
  targets: queries.map(query(loki, { queryType: 'range' })),
});

export const alerts = (title, description, more = {}) =>
  panel('alertlist', title, description, 'short', [], {
    source: { type: 'alertmanager', uid: 'alertmanager' },
    height: 8,
    options: { datasource: 'Alertmanager', viewMode: 'list', groupMode: 'default', maxItems: 30, stateFilter: { firing: true, pending: true } },
    ...more,
  });

/** Quantile `q` of histogram `metric`, for each set of the labels `by`. */
export const quantile = (q, metric, by = [], where = '') =>
  `histogram_quantile(${q}, sum by (${[...by, 'le'].join(', ')}) (rate(${metric}_bucket{${chosen(where)}}[$__rate_interval])))`;

/** How often per second, for each set of the labels `by`. */
export const rate = (metric, by = [], where = '') =>
  by.length
    ? `sum by (${by.join(', ')}) (rate(${metric}{${chosen(where)}}[$__rate_interval]))`
    : `sum(rate(${metric}{${chosen(where)}}[$__rate_interval]))`;

/** The sum of a gauge, for each set of the labels `by`. */
export const total = (metric, by = [], where = '') =>
  by.length ? `sum by (${by.join(', ')}) (${metric}{${chosen(where)}})` : `sum(${metric}{${chosen(where)}})`;

export const chosen = (where = '') => ['instance=~"$instance"', where].filter(Boolean).join(',');

const datasource = (name, type, label) => ({ name, label, type: 'datasource', query: type, current: { text: label, value: name }, hide: 0 });

/** Of the program's processes; `job` keeps others out that expose metrics of the same name. */
const instances = {
  name: 'instance', label: 'Instance', type: 'query', datasource: prometheus, query: 'label_values(linli_build_info, instance)',
  refresh: 2, multi: true, includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' },
};

const texts = (name, label, value = '') => ({ name, label, type: 'textbox', query: value, current: { text: value, value } });

/** The JSON of a dashboard: its rows of panels are laid out in the order in which they are given. */
export function dashboard({ file, title, description, rows, variables = [], range = 'now-3h' }) {
  const panels = [];
  let y = 0;
  for (const [name, ...members] of rows) {
    panels.push({ type: 'row', title: name, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } });
    y += 1;
    let x = 0;
    let height = 0;
    for (const { width, height: h, ...member } of members) {
      if (x + width > 24) [x, y, height] = [0, y + height, 0];
      panels.push({ ...member, gridPos: { x, y, w: width, h } });
      x += width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return {
    uid: `linli-${file}`,
    title,
    description,
    tags: ['linli'],
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    schemaVersion: 41,
    time: { from: range, to: 'now' },
    timezone: 'browser',
    templating: { list: [datasource('prometheus', 'prometheus', 'Prometheus'), datasource('loki', 'loki', 'Loki'), instances, ...variables.map((v) => texts(...v))] },
    annotations: {
      list: [{
        name: 'Releases', enable: true, iconColor: 'blue', datasource: prometheus, titleFormat: '{{version}}', textFormat: '{{instance}} runs {{version}} ({{commit}})',
        expr: 'linli_build_info unless linli_build_info offset 2m', step: '60s', useValueForTime: false,
      }],
    },
    links: [{ type: 'dashboards', title: 'Linli', tags: ['linli'], asDropdown: true, keepTime: true, includeVars: true, targetBlank: false, icon: 'external link', url: '' }],
    panels: panels.map((panel, index) => ({ id: index + 1, ...panel })),
  };
}
