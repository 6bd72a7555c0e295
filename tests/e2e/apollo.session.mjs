// Does with Apollo Client what a page does: TOKEN=… node apollo.session.mjs URL REVIEW
// TOKEN is an access token that the server takes, REVIEW the id of a review by somebody else that nobody has liked yet.

import { strict as assert } from 'node:assert'
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { OperationTypeNode } from 'graphql'
import { createClient } from 'graphql-ws'
import { ReplaySubject, filter, firstValueFrom } from 'rxjs'
import WebSocket from 'ws'

const [address, id] = process.argv.slice(2)
const authorization = `Bearer ${process.env.TOKEN}`

function clientOf(headers) {
  const http = new HttpLink({ uri: `${address}/graphql`, headers })
  return new ApolloClient({ link: http, cache: new InMemoryCache() })
}

const socket = createClient({
  url: `${address.replace(/^http/, 'ws')}/graphql/ws`,
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
})
const client = clientOf({ authorization })
const isSubscription = ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION
client.setLink(ApolloLink.split(isSubscription, new GraphQLWsLink(socket), client.link))

/** The codes of what must fail. */
async function refused(running) {
  const error = await running.then(() => assert.fail('it succeeded'), (error) => error)
  assert(CombinedGraphQLErrors.is(error), String(error))
  return error.errors.map(({ extensions }) => extensions.code)
}

const READ = gql`query ($id: ID!) {
  node(id: $id) { ... on Review { id rating likeCount commentCount viewerHasLiked author { id handle } shop { id name } } }
}`
const LIKE = gql`mutation ($id: ID!) {
  setLike(input: { subjectId: $id, liked: true }) { subject { ... on Review { id likeCount viewerHasLiked } } userErrors { code } }
}`
const COMMENT = gql`mutation ($id: ID!, $body: String!) {
  addComment(input: { reviewId: $id, body: $body }) { edge { node { id } } userErrors { code field message } }
}`
const COMMENTS = gql`subscription ($id: ID!) {
  commentAdded(reviewId: $id) { node { id body review { id commentCount } author { id handle } } }
}`

const seen = new ReplaySubject(1)
client.watchQuery({ query: READ, variables: { id } }).subscribe(({ data }) => data && seen.next(data.node))

/** What the page shows once this is so. */
const shown = (isSo) => firstValueFrom(seen.pipe(filter(isSo)))

const before = await shown(() => true)
assert.equal(before.__typename, 'Review')
assert.equal(before.author.__typename, 'User')
assert.deepEqual([before.likeCount, before.viewerHasLiked], [0, false])
for (const part of [before, before.author, before.shop]) {
  assert(client.cache.identify(part) in client.cache.extract(), `${part.__typename} is not in the cache by its id`)
}

const liked = await client.mutate({ mutation: LIKE, variables: { id } })
assert.deepEqual(liked.data.setLike.userErrors, [])
const after = await shown(({ viewerHasLiked }) => viewerHasLiked)
assert.deepEqual([after.likeCount, after.rating], [1, before.rating], 'the page shows it without asking again')

const told = new ReplaySubject()
client.subscribe({ query: COMMENTS, variables: { id } }).subscribe(told)
let listens = false
firstValueFrom(told).then(() => (listens = true))
const add = (body) => client.mutate({ mutation: COMMENT, variables: { id, body } })
let written = 0
while (!listens) {
  // Nobody can say from when on the server listens, but by being told.
  const { data } = await add(`Comment ${(written += 1)}`)
  assert.deepEqual(data.addComment.userErrors, [])
}
const { data } = await firstValueFrom(told)
assert.equal(data.commentAdded.node.__typename, 'Comment')
await shown(({ commentCount }) => commentCount >= 1)

const invalid = await add('')
assert.deepEqual(
  invalid.data.addComment.userErrors.map(({ code, field }) => [code, field]),
  [['BAD_INPUT', ['input', 'body']]],
)
assert.deepEqual(await refused(client.query({ query: READ, variables: { id: 'nonsense' } })), ['BAD_INPUT'])
assert.deepEqual(await refused(clientOf({}).mutate({ mutation: LIKE, variables: { id } })), ['UNAUTHENTICATED'])
const forged = clientOf({ authorization: 'Bearer nonsense' })
assert.deepEqual(await refused(forged.query({ query: READ, variables: { id } })), ['UNAUTHENTICATED'])

client.stop()
await socket.dispose()
