/** Bare limit of `live`: `POST /send` makes Bun publish the body to every open socket. */
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request, self) {
    if (request.method === 'POST') {
      self.publish('all', await request.text())
      return new Response('{}', { status: 201 })
    }
    return self.upgrade(request) ? undefined : new Response('', { status: 400 })
  },
  websocket: {
    open(socket) {
      socket.subscribe('all')
    },
    message(socket) {
      socket.send('{"event":"ready"}')
    },
  },
})
console.log(`listening on http://127.0.0.1:${server.port}`)

export {}
