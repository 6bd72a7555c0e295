// What the clients beside this follow: each prints a line of JSON for whatever it is told.
//
//     TOKEN=… node graphql-ws.client.mjs URL notificationAdded=CURSOR reviewAdded=SHOP commentAdded=REVIEW
//
// TOKEN is an access token that the server takes, CURSOR that of the newest notification that was seen.

const documents = {
  notificationAdded: `subscription ($after: Cursor) {
    notificationAdded(after: $after) { cursor node { id kind subject { ... on Review { id } } } }
  }`,
  reviewAdded: `subscription ($of: ID!) { reviewAdded(shopId: $of) { cursor node { id rating author { id handle } } } }`,
  commentAdded: `subscription ($of: ID!) { commentAdded(reviewId: $of) { cursor node { id body author { id handle } } } }`,
}

const [address, ...wanted] = process.argv.slice(2)
const token = process.env.TOKEN
if (!address || !token || !wanted.length) {
  console.error('usage: TOKEN=… node CLIENT.mjs URL SUBSCRIPTION=ARGUMENT …')
  process.exit(2)
}

export { address }

/** Asked for at each connect: where tokens expire, the one to send then may be another than now. */
export const authorization = () => `Bearer ${token}`

export const subscriptions = wanted.map((word) => {
  const [name, argument] = word.split('=')
  let after = argument
  return {
    query: documents[name],
    // Whoever reads them when it subscribes anew goes on where it was.
    variables: name === 'notificationAdded' ? { get after() { return after } } : { of: argument },
    /** Takes a result, however it came. */
    take({ data, errors }) {
      if (errors) return say({ errors: errors.map((error) => error.extensions.code) })
      after = data[name].cursor
      say({ told: name, cursor: after, node: data[name].node })
    },
  }
})

/** A front end whose clients are many takes longer, and ever longer: seconds, up to a minute. */
export const pause = () => new Promise((resolve) => setTimeout(resolve, 50 + 100 * Math.random()))

/** A subscription also ends when the server can't read what it is to tell: it is for the client to begin anew. */
export async function forEver(follow) {
  for (;;) {
    await follow().catch((error) => say({ failed: String(error) }))
    await pause()
  }
}

export function say(line) {
  console.log(JSON.stringify(line))
}

// Ends with whoever started it.
process.stdin.resume().on('end', () => process.exit())
