// Subscribes by Apollo Client, and stays subscribed, whatever becomes of the server.

import { ApolloClient, InMemoryCache, gql } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { address, authorization, forEver, say, subscriptions } from './subscriptions.mjs'

const socket = createClient({
  url: `${address.replace(/^http/, 'ws')}/graphql/ws`,
  webSocketImpl: WebSocket,
  connectionParams: () => ({ authorization: authorization() }),
  // Apollo copies variables, so a socket that reconnects by itself would go on from where all began.
  retryAttempts: 0,
  on: { closed: ({ code, reason }) => say({ closed: code, reason }) },
})
const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() })

for (const { query, variables, take } of subscriptions) {
  const follow = () =>
    new Promise((resolve, reject) => {
      client.subscribe({ query: gql(query), variables: { ...variables } }).subscribe({
        // What the server refused comes by `next`, and so does the loss of the socket.
        next: ({ data, error }) => (data ? take({ data }) : error.errors ? take(error) : reject(error)),
        error: reject,
        complete: resolve,
      })
    })
  forEver(follow)
}
