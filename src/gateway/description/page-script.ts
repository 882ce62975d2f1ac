/** The little of a browser that the script uses. */
interface Element {
  value: string
  hidden: boolean
  textContent: string
  readonly dataset: Readonly<Record<string, string>>
  readonly name: string
  open?: boolean
  querySelector(selector: string): Element | null
  querySelectorAll(selector: string): Iterable<Element>
  closest(selector: string): Element | null
  addEventListener(event: string, hear: (event: { preventDefault(): void }) => void): void
}
declare const document: Element & { getElementById(id: string): Element | null }
declare const location: { readonly hash: string }
declare function addEventListener(event: string, hear: () => void): void

/** What the page at `/docs` does in a browser: sends what stands in a form and shows what comes back. */
function tryCalls(): void {
  const token = document.getElementById('token')!

  async function send(form: Element): Promise<string> {
    const headers: Record<string, string> = token.value === '' ? {} : { Authorization: `Bearer ${token.value}` }
    let path = form.dataset.path!
    const query = new URLSearchParams()
    for (const { dataset, name, value } of form.querySelectorAll('input')) {
      if (dataset.in === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value))
      else if (value !== '' && dataset.in === 'query') query.set(name, value)
      else if (value !== '' && dataset.in === 'header') headers[name] = value
    }
    const body = form.querySelector('textarea')?.value
    if (body) headers['Content-Type'] = 'application/json'
    const url = query.size > 0 ? `${path}?${query}` : path
    // Without the cookie: it is the token above that says who asks.
    const init = { method: form.dataset.method!, headers, credentials: 'omit', ...(body && { body }) }
    const response = await fetch(url, init as RequestInit)
    const text = await response.text()
    const isJson = response.headers.get('Content-Type')?.endsWith('json')
    const value = isJson && text !== '' ? JSON.parse(text) : undefined
    if (response.status === 201 && typeof value?.token === 'string') token.value = value.token
    const shown = value === undefined ? text : JSON.stringify(value, undefined, 2)
    // Names may hold signs that turn the direction of writing; as escapes they turn nothing around them.
    const still = shown.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (sign) => {
      return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
    })
    return `${response.status} ${init.method} ${url}\n\n${still}`
  }

  for (const form of document.querySelectorAll('form.try')) {
    form.hidden = false
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      const shown = form.querySelector('pre')!
      shown.textContent = '…'
      shown.hidden = false
      shown.textContent = await send(form).catch((error) => `No answer: ${error}`)
    })
  }

  /** A link to something that is folded away unfolds it. */
  function unfold(): void {
    const folded = location.hash === '' ? null : document.getElementById(location.hash.slice(1))?.closest('details')
    if (folded) folded.open = true
  }
  addEventListener('hashchange', unfold)
  unfold()
}

/** The script, for browsers. */
export const pageScript = `'use strict';(${tryCalls})()\n`
