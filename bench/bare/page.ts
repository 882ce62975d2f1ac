/**
 * Bare limit of `web`: a page that puts each text its WebSocket brings on top of the others, and a server that answers
 * `POST /send` once it has given the text to all sockets.
 */
const html =
  '<!doctype html><html lang="en"><title>bare</title><h1>Bare</h1><main></main><script src="/script.js"></script></html>'
const script = `const main = document.querySelector('main')
new WebSocket('ws://' + location.host + '/socket').onmessage = ({ data }) => {
  const article = document.createElement('article')
  article.textContent = JSON.parse(data).text
  main.prepend(article)
}`
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request, self) {
    const { pathname } = new URL(request.url)
    if (pathname === '/socket') return self.upgrade(request) ? undefined : new Response('', { status: 400 })
    if (pathname === '/script.js') return new Response(script, { headers: { 'Content-Type': 'text/javascript' } })
    if (pathname !== '/send') return new Response(html, { headers: { 'Content-Type': 'text/html' } })
    self.publish('all', await request.text())
    return new Response('', { status: 201 })
  },
  websocket: {
    open(socket) {
      socket.subscribe('all')
    },
    message() {},
  },
})
console.log(`listening on http://127.0.0.1:${server.port}`)

export {}
