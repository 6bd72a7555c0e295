// The query lives in the page's address, so that it can be shared as a link.

/** What the address asks for; nothing runs until the reader presses the button. */
export function currentLink() {
  const parameters = new URLSearchParams(location.search)
  const read = (name) => parameters.get(name) || undefined
  return {
    query: read('query'),
    variables: read('variables'),
    operationName: read('operationName'),
  }
}

export function keepInLink({ query, variables, operationName }) {
  const parameters = new URLSearchParams()
  if (query && !isMutation(query)) {
    parameters.set('query', query)
    if (variables?.trim()) parameters.set('variables', variables)
    if (operationName) parameters.set('operationName', operationName)
  }
  const address = new URL(location)
  address.search = parameters
  history.replaceState(null, '', address)
}

/** Mutations carry passwords and codes, and addresses end up in histories and logs. */
function isMutation(query) {
  return /^\s*mutation\b/m.test(query)
}
