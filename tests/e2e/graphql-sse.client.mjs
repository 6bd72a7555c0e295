// Subscribes by `graphql-sse`, and stays subscribed, whatever becomes of the server.

import { createClient } from 'graphql-sse'
import { address, authorization, forEver, pause, say, subscriptions } from './subscriptions.mjs'

/** Makes an error of the end: the client can overlook one that comes together with an event, and would wait for ever. */
async function fetchUntilItEnds(...request) {
  const response = await fetch(...request)
  const end = new TransformStream({ flush: (stream) => stream.error(new Error('the stream has ended')) })
  return new Response(response.body.pipeThrough(end), response)
}

const client = createClient({
  url: `${address}/graphql/stream`,
  headers: () => ({ authorization: authorization() }),
  fetchFn: fetchUntilItEnds,
  retryAttempts: Infinity,
  retry: pause,
  on: { connecting: (again) => again && say({ lost: true }) },
})

for (const { query, variables, take } of subscriptions) {
  // The client writes the variables anew for each stream, hence with the cursor of what was told last.
  const follow = () =>
    new Promise((resolve, reject) => {
      client.subscribe({ query, variables }, { next: take, error: reject, complete: resolve })
    })
  forEver(follow)
}
