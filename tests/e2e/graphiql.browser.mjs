// Uses the playground as a newcomer would: TOKEN=… node graphiql.browser.mjs URL [screenshot.png]
// TOKEN is an access token that the server takes.

import { chromium } from 'playwright-core'

const [url, screenshot] = process.argv.slice(2)
const token = process.env.TOKEN
if (!url || !token) {
  console.error('usage: TOKEN=… node graphiql.browser.mjs URL [screenshot.png]')
  process.exit(2)
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' })
page.setDefaultTimeout(10_000)

const errors = []
page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
page.on('pageerror', (error) => errors.push(error.message))

const strangers = []
page.on('request', (request) => {
  const { protocol, origin } = new URL(request.url())
  if (protocol !== 'data:' && origin !== new URL(url).origin) strangers.push(request.url())
})

const violations = []
await page.exposeFunction('reportViolation', (violation) => violations.push(violation))
await page.addInitScript(() => {
  document.addEventListener('securitypolicyviolation', (event) => {
    window.reportViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`)
  })
})

let passed = 0
let failed = 0

async function check(sentence, body) {
  try {
    await body()
    passed += 1
    console.log(`ok      ${sentence}`)
  } catch (error) {
    failed += 1
    console.log(`FAILED  ${sentence}\n        ${error.message.replaceAll('\n', '\n        ')}`)
  }
}

function expect(condition, explanation) {
  if (!condition) throw new Error(explanation)
}

const query = page.getByRole('region', { name: 'Query Editor' })
const run = page.getByRole('button', { name: 'Execute query' })

/** What the editor holds: its lines on the screen are only a part. */
function textOf(selector) {
  return page.locator(`${selector} .CodeMirror`).evaluate((editor) => editor.CodeMirror.getValue())
}

/** GraphiQL itself asks for the schema in between. */
function isOurs(request) {
  return request.method() === 'POST' && !request.postData().includes('IntrospectionQuery')
}

/** Runs what the tab shows and returns the answer, as the server gave it and the pane shows it. */
async function answer() {
  const [response] = await Promise.all([
    page.waitForResponse((response) => isOurs(response.request())),
    run.click(),
  ])
  const body = await response.json()
  await page.waitForFunction(
    (expected) => {
      const pane = document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()
      return pane?.startsWith('{') && JSON.stringify(JSON.parse(pane)) === expected
    },
    JSON.stringify(body),
  )
  expect(!body.errors, `the answer has errors: ${JSON.stringify(body.errors)}`)
  return body.data
}

/** Turns to the tab of an example. */
async function open(name) {
  await page.getByRole('tab', { name }).click()
  // GraphiQL looks for the operations of a document a moment after it has changed.
  await page.waitForFunction((name) => {
    const editor = document.querySelector('.graphiql-query-editor .CodeMirror')
    return editor.CodeMirror.operationName === name
  }, name)
}

await check('the page opens under a Content-Security-Policy', async () => {
  const response = await page.goto(url)
  expect(response.ok(), `the page answers ${response.status()}`)
  expect(response.headers()['content-security-policy'], 'there is no such header')
  expect((await page.title()) === 'Linli', `the title is ${await page.title()}`)
})

await check('the first tab shows the shops nearby that are open now', async () => {
  await query.getByText('searchShops').waitFor()
  expect((await textOf('.graphiql-query-editor')).includes('openNow: true'), 'it does not')
})

await check('the documentation explains a type', async () => {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
  const docs = page.locator('.graphiql-doc-explorer')
  await docs.getByRole('link', { name: 'Query', exact: true }).click()
  await docs.getByRole('link', { name: 'ShopConnection', exact: true }).first().click()
  await docs.getByRole('link', { name: 'ShopEdge', exact: true }).first().click()
  await docs.getByRole('link', { name: 'Shop', exact: true }).first().click()
  await docs.locator('.graphiql-doc-explorer-title', { hasText: /^Shop$/ }).waitFor()
  const description = docs.locator('.graphiql-doc-explorer-content > .graphiql-markdown-description')
  expect((await description.first().innerText()).trim(), 'the type has no description')
})

await check('the first example finds shops', async () => {
  const { searchShops } = await answer()
  expect(searchShops.edges.length > 0, 'there is none')
  const [{ node }] = searchShops.edges
  await page.locator('.result-window').getByText(`"${node.name}"`).first().waitFor()
})

if (screenshot) {
  await check('it sits for its portrait', async () => {
    await page.getByRole('button', { name: 'Hide editor tools' }).click()
    await page.waitForFunction(() => {
      const editor = document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror
      return editor.getViewport().to === editor.lineCount()
    })
    await page.mouse.move(0, 0)
    await page.screenshot({ path: screenshot })
  })
}

await check('the second example shows a shop with reviews', async () => {
  await open('ShopPage')
  const { searchShops } = await answer()
  expect(searchShops.edges.length === 1, `${searchShops.edges.length} shops instead of one`)
  expect(searchShops.edges[0].node.reviews.edges.length > 0, 'it has no review')
})

await check('the examples sign up, log in, and say what a review wants', async () => {
  await open('SignUp')
  const { signUp } = await answer()
  expect(signUp.accessToken, JSON.stringify(signUp.userErrors))
  await open('LogIn')
  const { logIn } = await answer()
  expect(logIn.viewer.user.id === signUp.viewer.user.id, JSON.stringify(logIn))
  await open('WriteReview')
  expect((await textOf('.graphiql-query-editor')).includes('accessToken'), 'it does not')
  await open('ShopPage')
})

await check('the address carries the query, and a link brings it back', async () => {
  await page.waitForURL((address) => address.searchParams.get('query')?.includes('ShopPage'))
  await page.goto(`${url}?${new URLSearchParams({ query: '{ __typename }' })}`)
  await query.getByText('__typename').waitFor()
  const data = await answer()
  expect(data.__typename === 'Query', JSON.stringify(data))
})

await check('the headers under the query are sent with it, and not remembered', async () => {
  await page.getByRole('button', { name: 'Headers' }).click()
  await page.locator('.graphiql-editor:not(.hidden) > .CodeMirror').last().click()
  await page.keyboard.insertText('{"Authorization": "Bearer ' + token + '"}')
  const sent = page.waitForRequest(isOurs)
  await page.keyboard.press('Control+Enter')
  const headers = await (await sent).allHeaders()
  expect(headers.authorization === `Bearer ${token}`, `sent: ${headers.authorization}`)
  expect(headers.accept === 'application/graphql-response+json, application/json', headers.accept)
  await query.click()
  await page.keyboard.insertText('# a later edit, to see when the earlier ones are stored\n')
  const storage = await page.waitForFunction(() => {
    const stored = JSON.stringify(localStorage)
    return stored.includes('a later edit') && stored
  })
  expect(!(await storage.jsonValue()).includes(token), 'the browser keeps the token')
  expect(!page.url().includes(token), 'the address holds the token')
})

await check('the settings open and close by keyboard', async () => {
  await page.getByRole('button', { name: 'Open settings dialog' }).press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

await check('nothing was reported to the console', () => expect(!errors.length, errors.join('\n')))
await check('nothing was asked of another origin', () => expect(!strangers.length, strangers.join('\n')))
await check('nothing violated the policy', () => expect(!violations.length, violations.join('\n')))

await browser.close()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
