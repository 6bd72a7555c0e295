// Writes the dashboards of Grafana: `node dashboards.mjs FOLDER`. Change what is in boards/, never the JSON.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fields, graphqlOperations, loaders } from './boards/graphql.mjs';
import { logLinesOf, runtime, telemetry } from './boards/process.mjs';
import { service, slo } from './boards/service.mjs';
import { eventsAndSubscriptions, postgres, redis } from './boards/stores.mjs';

const all = [service, slo, graphqlOperations, fields, loaders, postgres, redis, eventsAndSubscriptions, runtime, telemetry, logLinesOf];

const folder = process.argv[2];
if (!folder) throw new Error('node dashboards.mjs FOLDER');
mkdirSync(folder, { recursive: true });
for (const board of all) {
  const name = `${board.uid.replace(/^linli-/, '')}.json`;
  writeFileSync(join(folder, name), `${JSON.stringify(board, null, 1)}\n`);
}
