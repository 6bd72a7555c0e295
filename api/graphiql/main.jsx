import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import 'graphiql/style.css'
import './style.css'
import { examples } from './examples.js'
import { currentLink, keepInLink } from './link.js'

// Relative to the page, so that it works behind any path prefix.
const endpoint = new URL('graphql', document.baseURI)
const socket = new URL('graphql/ws', document.baseURI)
socket.protocol = socket.protocol.replace('http', 'ws')

const fetcher = createGraphiQLFetcher({
  url: endpoint.href,
  subscriptionUrl: socket.href,
  headers: { accept: 'application/graphql-response+json, application/json' },
  enableIncrementalDelivery: false,
  fetch: fetchJson,
})

/** A proxy in between may answer with a page: say so, instead of where its JSON went wrong. */
async function fetchJson(url, options) {
  const response = await fetch(url, options)
  if (response.headers.get('content-type')?.includes('json')) return response
  throw new Error(`${response.status} ${response.statusText}: the answer is not JSON`)
}

const shared = currentLink()
const tabs = shared.query ? [shared, ...examples] : examples

function Playground() {
  const [operationName, setOperationName] = useState(shared.operationName)

  // The link chooses an operation of its own document only.
  function onEditQuery(query) {
    setOperationName(query === shared.query ? shared.operationName : undefined)
  }

  function onTabChange({ tabs, activeTabIndex }) {
    keepInLink(tabs[activeTabIndex])
  }

  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={tabs}
      query={shared.query}
      variables={shared.variables}
      operationName={operationName}
      onEditQuery={onEditQuery}
      onTabChange={onTabChange}
      defaultEditorToolsVisibility
      isHeadersEditorEnabled
      shouldPersistHeaders={false} // they hold access tokens
    >
      <GraphiQL.Logo>
        <img src="graphiql/favicon.svg" alt="" /> Linli
        <RedrawEditors />
      </GraphiQL.Logo>
    </GraphiQL>
  )
}

/**
 * CodeMirror draws the lines it has room for, and looks for more room when the window changes, not
 * when a pane does. This must be mounted inside GraphiQL, which shows its panes a moment later.
 */
function RedrawEditors() {
  useEffect(() => {
    const observer = new ResizeObserver(() => window.dispatchEvent(new Event('resize')))
    observer.observe(document.querySelector('.graphiql-query-editor'))
    return () => observer.disconnect()
  }, [])
  return null
}

createRoot(document.getElementById('graphiql')).render(<Playground />)
