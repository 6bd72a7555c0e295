// Subscribes by `graphql-ws`, and stays subscribed, whatever becomes of the server.

import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { address, authorization, forEver, pause, say, subscriptions } from './subscriptions.mjs'

const client = createClient({
  url: `${address.replace(/^http/, 'ws')}/graphql/ws`,
  // Browsers have their own.
  webSocketImpl: WebSocket,
  connectionParams: () => ({ authorization: authorization() }),
  retryAttempts: Infinity,
  retryWait: pause,
  // By default, a server that can't be reached for once is given up.
  shouldRetry: () => true,
  on: { closed: ({ code, reason }) => say({ closed: code, reason }) },
})

for (const { query, variables, take } of subscriptions) {
  // The client writes the variables anew for each connection, hence with the cursor of what was told last.
  const follow = () =>
    new Promise((resolve, reject) => {
      client.subscribe({ query, variables }, { next: take, error: reject, complete: resolve })
    })
  forEver(follow)
}
