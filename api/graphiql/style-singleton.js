// Takes the place of react-style-singleton (of Radix' dialogs and menus), whose <style> elements the
// Content-Security-Policy forbids; a constructed style sheet does the same and needs no exception.
import { useEffect } from 'react'

export function stylesheetSingleton() {
  const sheet = new CSSStyleSheet()
  let users = 0
  return {
    add(css) {
      if (users++ > 0) return
      sheet.replaceSync(css)
      document.adoptedStyleSheets.push(sheet)
    },
    remove() {
      if (--users > 0) return
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet)
    },
  }
}

export function styleSingleton() {
  const sheet = stylesheetSingleton()
  return function Style({ styles, dynamic }) {
    useEffect(() => {
      sheet.add(styles)
      return () => sheet.remove()
    }, [styles && dynamic])
    return null
  }
}
