/** Bare limit of `poll`: a Bun WebSocket server that sends each frame back as it came. */
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, self) {
    return self.upgrade(request) ? undefined : new Response('', { status: 400 })
  },
  websocket: {
    message(socket, frame) {
      socket.send(frame)
    },
  },
})
console.log(`listening on http://127.0.0.1:${server.port}`)

export {}
