/** What a browser sees at `/`: what this is, and where the API begins. */
const style = `:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}code{font-size:.95em}`

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rookery</title>
<style>${style}</style>
<h1>Rookery</h1>
<p>A microblogging server and feed engine: short messages, timelines of those one follows, live over a WebSocket.</p>
<p>This is its API, <a href="/docs">to read and to try</a>. To begin:</p>
<ul>
<li><code>POST /users</code> with a handle and a password gives a token,</li>
<li><code>POST /send</code> publishes, <code>GET /fetch</code> reads the timeline,</li>
<li><code>GET /socket</code> is the live side.</li>
</ul>
<p>For programs: <a href="/openapi.json">/openapi.json</a>, <a href="/asyncapi.json">/asyncapi.json</a>. Health: <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>.</p>
</html>
`

const styleHash = new Bun.CryptoHasher('sha256').update(style).digest('base64')

const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
}

export function homePageResponse(): Response {
  return new Response(html, { headers })
}
