// Rookery's feed for a page of another product: what is there, then what comes, through every interruption.

/**
 * `token()` resolves to `{url, token}`, or undefined where nobody is signed in; it is asked before every connection, so that
 * an expired token is no concern of the page. `show(messages)` is given messages that were not shown yet, newest first;
 * `hide(id)` those that were deleted.
 *
 * @param {{ token: () => Promise<{ url: string, token: string } | undefined>, show: (messages: any[]) => void, hide: (id: string) => void }} page
 */
export function openFeed({ token, show, hide }) {
  const shown = new Set()
  const answers = new Map()
  let cursor
  let socket
  let refs = 0
  let failures = 0
  let closed = false

  /** Resolves to what HTTP would answer. */
  function ask(op, more) {
    const ref = String(++refs)
    const answer = new Promise((resolve, reject) => answers.set(ref, { resolve, reject }))
    socket.send(JSON.stringify({ op, ref, ...more }))
    return answer
  }

  function showNew(messages) {
    const fresh = messages.filter(({ id }) => !shown.has(id))
    for (const { id } of fresh) shown.add(id)
    if (fresh.length > 0) show(fresh)
  }

  async function heard(frame) {
    if (frame.cursor) cursor = frame.cursor
    if (frame.event === 'ready') {
      failures = 0
      // The cursor brings what came meanwhile by itself; the first time there is none, so the newest page is asked for.
      if (shown.size === 0) showNew((await ask('fetch', { length: 20 })).messages)
    } else if (frame.event === 'message') showNew([frame.message])
    else if (frame.event === 'deleted') hide(frame.id)
    else if (frame.ref !== undefined) {
      const answer = answers.get(frame.ref)
      answers.delete(frame.ref)
      if (frame.error) answer?.reject(new Error(frame.error.detail))
      else answer?.resolve(frame.ok)
    }
  }

  function left({ code }) {
    for (const { reject } of answers.values()) reject(new Error('The connection broke: try again.'))
    answers.clear()
    if (closed) return
    if (code === 4410) cursor = undefined
    // 4401: the token has expired, so a new one is asked for. Other codes below 4500 mean: do not come back as you are.
    else if (code >= 4000 && code < 4500 && code !== 4401) return
    const wait = Math.min(30_000, 250 * 2 ** failures++) * (0.5 + Math.random())
    setTimeout(connect, code === 4401 && failures === 1 ? 0 : wait)
  }

  async function connect() {
    const given = await token().catch(() => undefined)
    if (closed) return
    if (!given) return left({ code: 4503 })
    socket = new WebSocket(`${given.url.replace(/^http/, 'ws')}/socket`, 'rookery.v1')
    socket.onopen = () => socket.send(JSON.stringify({ op: 'hello', token: given.token, since: cursor }))
    socket.onmessage = ({ data }) => heard(JSON.parse(data)).catch(() => {})
    socket.onclose = left
  }

  connect()
  return {
    /** Publishes, and shows the message at once: the socket that sends it is not given it again. */
    async send(text) {
      showNew([await ask('send', { text })])
    },
    close() {
      closed = true
      socket?.close()
    },
  }
}
