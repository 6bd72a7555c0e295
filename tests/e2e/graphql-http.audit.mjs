// Whether a server speaks GraphQL over HTTP: the audit of the `graphql-http` package.
//
//     node graphql-http.audit.mjs http://localhost:8000/graphql
//
// What a server MUST or SHOULD do fails the audit; what it MAY do is only mentioned.

import { auditServer } from 'graphql-http';

const url = process.argv[2];
if (!url) {
  console.error('usage: node graphql-http.audit.mjs URL');
  process.exit(2);
}

const results = await auditServer({ url });
const passed = results.filter(({ status }) => status === 'ok');
const optional = results.filter(({ status }) => status === 'notice');
const failed = results.filter(({ status }) => status === 'error' || status === 'warn');

for (const { id, name, reason, response } of [...optional, ...failed]) {
  console.log(`${id} ${name}: ${reason}, it is ${response.status}`);
}
console.log(`${passed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
