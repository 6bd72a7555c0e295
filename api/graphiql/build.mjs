// Bundles GraphiQL into dist/: a few files with stable names, complete in themselves.

import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
process.chdir(here)
await rm('dist', { recursive: true, force: true })
await mkdir('dist')

const { metafile } = await build({
  entryPoints: { graphiql: 'main.jsx' },
  outdir: 'dist',
  bundle: true,
  minify: true,
  metafile: true,
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  jsx: 'automatic',
  legalComments: 'eof',
  banner: { js: '/*! Licences of what is bundled here: licenses.txt beside this file */' },
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: { 'react-style-singleton': './style-singleton.js' },
  plugins: [{ name: 'fewer-fonts', setup: fewerFonts }],
  logLevel: 'warning',
})
await copyFile('favicon.svg', 'dist/favicon.svg')
await writeFile('dist/licenses.txt', await licenses(metafile))

// One version for all of them: it makes the addresses in index.html worth caching for ever.
const version = await hash(['index.html', ...(await readdir('dist')).sort().map((name) => `dist/${name}`)])
const page = await readFile('index.html', 'utf8')
await writeFile('dist/index.html', page.replaceAll('{{version}}', version))
await writeFile('dist/version', version)

/** GraphiQL's style sheet embeds 35 fonts: keep the upright ones for Latin and Cyrillic. */
function fewerFonts({ onLoad }) {
  onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, async ({ path }) => {
    const css = await readFile(path, 'utf8')
    const isWanted = (face) => !face.includes('italic') && /unicode-range:\s*U\+0[014]00/i.test(face)
    return {
      contents: css.replace(/@font-face\s*{[^}]*}/g, (face) => (isWanted(face) ? face : '')),
      loader: 'css',
    }
  })
}

/** The licence text of every package that went into the bundle. */
async function licenses({ inputs }) {
  const folders = Object.keys(inputs).map((path) => path.match(/.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0])
  const texts = [...new Set(folders)].filter(Boolean).sort().map(license)
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`)
}

async function license(folder) {
  const { name, version, license, author } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))
  const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name))
  const text = file ? await readFile(`${folder}/${file}`, 'utf8') : `Copyright ${author?.name ?? author ?? `the authors of ${name}`}\n`
  return `${name} ${version} (${license})\n\n${text.trim()}\n`
}

async function hash(files) {
  const sum = createHash('sha256')
  for (const file of files) sum.update(await readFile(file))
  return sum.digest('hex').slice(0, 16)
}
