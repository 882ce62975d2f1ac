import type { AsyncApi, Message } from './asyncapi.ts'
import type { Form } from './forms.ts'
import type { OpenApi, Operation, Parameter } from './openapi.ts'

/** The page at `/docs`: both documents for people, with a form to try each call. Readable without its script. */
export function docsPage(openApi: OpenApi, asyncApi: AsyncApi): string {
  const calls = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const sections = openApi.tags.map(({ name }) => {
    const own = calls.filter(({ operation }) => operation.tags.includes(name))
    return { name, html: own.map((each) => callHtml(each, openApi)).join('') }
  })
  const { socket } = asyncApi.channels
  const forms = { ...openApi.components.schemas, ...asyncApi.components.schemas }
  const all = [
    ...sections,
    {
      name: 'Frames of the WebSocket',
      html: prose(asyncApi.info.description) + prose(socket.description) + framesHtml(asyncApi),
    },
    {
      name: 'Forms',
      html: Object.entries(forms)
        .map(([name, form]) => formHtml(name, form))
        .join(''),
    },
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rookery: the API</title>
<link rel="stylesheet" href="/docs/style.css">
<script src="/docs/script.js" defer></script>
</head>
<body>
<a class="skip" href="#main">To the calls</a>
<nav aria-label="Sections">
<p class="name">Rookery <small>${escaped(openApi.info.version)}</small></p>
<ul>${all.map(({ name }) => `<li><a href="#${slug(name)}">${escaped(name)}</a></li>`).join('')}</ul>
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" placeholder="set by logging in here">
<p class="documents"><a href="/openapi.json">openapi.json</a> <a href="/asyncapi.json">asyncapi.json</a></p>
</nav>
<main id="main">
<h1>${escaped(openApi.info.summary)}</h1>
${prose(openApi.info.description)}
${all.map(({ name, html }) => `<section id="${slug(name)}"><h2>${escaped(name)}</h2>\n${html}</section>`).join('\n')}
</main>
</body>
</html>
`
}

interface Call {
  readonly path: string
  readonly method: string
  readonly operation: Operation
}

function callHtml({ path, method, operation }: Call, document: OpenApi): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation
  const body = requestBody?.content['application/json']?.schema
  const access = operation.security.length > 0 ? '' : '<span class="open">no token</span>'
  return `<details class="call" id="${operationId}">
<summary><span class="method ${method.toLowerCase()}">${method}</span> <code>${escaped(path)}</code> <span class="does">${escaped(summary)}</span> ${access}</summary>
<div>${description === undefined ? '' : prose(description)}
${parameters.length === 0 ? '' : `<h3>Parameters</h3>${parametersHtml(parameters)}`}
${body ? `<h3>Body${requestBody.required ? '' : ' <small>optional</small>'}</h3>${typeHtml(body)}` : ''}
<h3>Answers</h3><dl>${Object.entries(responses).map(responseHtml).join('')}</dl>
${isTried(operation) ? formToTry(path, method, operation, body && exampleOf(body, document)) : ''}</div>
</details>
`
}

/** What a script can read; not pages, files of theirs, nor what becomes a WebSocket. */
function isTried({ responses }: Operation): boolean {
  return responses[204] !== undefined || Object.values(responses).some(({ content }) => content?.['application/json'])
}

function parametersHtml(parameters: readonly Parameter[]): string {
  const rows = parameters.map(
    ({ name, in: place, required, schema }) =>
      `<dt><code>${escaped(name)}</code>${required ? ' <small>required</small>' : ''}</dt><dd><small>${place}</small> ${typeHtml(schema)}</dd>`,
  )
  return `<dl>${rows.join('')}</dl>`
}

function responseHtml([status, { description, content }]: [string, Operation['responses'][string]]): string {
  const [[type, media] = []] = Object.entries(content ?? {})
  const form = type === 'application/json' ? typeHtml(media!.schema) : type?.startsWith('text/') ? escaped(type) : ''
  return `<dt class="s${status[0]}">${status}</dt><dd>${inline(description)} ${form}</dd>`
}

function formToTry(path: string, method: string, { operationId, parameters }: Operation, example: unknown): string {
  const fields = parameters.map(({ name, in: place, required, schema }) => {
    const id = `${operationId}-${name}`
    const hint = escaped(schema.description ?? '')
    return `<label for="${id}">${escaped(name)}</label><input id="${id}" name="${escaped(name)}" data-in="${place}"${required ? ' required' : ''} placeholder="${hint}">`
  })
  const id = `${operationId}-body`
  const text =
    example === undefined
      ? ''
      : `<label for="${id}">body</label><textarea id="${id}" rows="5" spellcheck="false">${escaped(JSON.stringify(example, undefined, 2))}</textarea>`
  return `<form class="try" data-method="${method}" data-path="${escaped(path)}" hidden><h3>Try it</h3>
<div class="fields">${fields.join('')}${text}</div><button>Send</button><pre tabindex="0" aria-live="polite" hidden></pre></form>`
}

function framesHtml({ channels, operations }: AsyncApi): string {
  const { messages } = channels.socket
  const list = (action: 'receive' | 'send') =>
    Object.entries(operations)
      .filter(([, operation]) => operation.action === action)
      .map(([name]) => frameHtml(name, messages[name]!, messages[`${name}Answer`]))
      .join('')
  return `<h3>From client to server</h3>${list('receive')}<h3>From server to client</h3>${list('send')}`
}

function frameHtml(name: string, { summary, payload }: Message, answer: Message | undefined): string {
  const ok = (answer?.payload.properties as { ok?: Form } | undefined)?.ok
  return `<details class="call"><summary><code>${escaped(name)}</code> <span class="does">${escaped(summary)}</span></summary>
<div>${typeHtml(payload)}${ok ? `<h3>Answer</h3>${typeHtml(ok)}` : ''}</div></details>
`
}

function formHtml(name: string, form: Form): string {
  return `<details class="call" id="form-${name}"><summary><code>${name}</code></summary><div>${typeHtml(form)}</div></details>
`
}

/** A form in words: its type, what it must be, and its properties. */
function typeHtml(form: Form): string {
  if (form.$ref !== undefined) {
    const name = nameOf(form)
    return `<a href="#form-${name}">${name}</a>`
  }
  if (form.type === 'array') return `list of ${typeHtml(form.items as Form)}`
  if (form.const !== undefined) return `<code>${escaped(JSON.stringify(form.const))}</code>`
  if (form.enum !== undefined) return (form.enum as unknown[]).map((each) => `<code>${escaped(each)}</code>`).join(' ')
  if (form.anyOf !== undefined) return (form.anyOf as Form[]).map(typeHtml).join(' ')
  if (form.properties === undefined) {
    return form.description === undefined ? `<i>${escaped(form.type ?? 'anything')}</i>` : inline(form.description)
  }
  const required = (form.required ?? []) as string[]
  const rows = Object.entries(form.properties as Record<string, Form>).map(
    ([name, property]) =>
      `<dt><code>${escaped(name)}</code>${required.includes(name) ? '' : ' <small>optional</small>'}</dt><dd>${typeHtml(property)}</dd>`,
  )
  return rows.length === 0 ? '<code>{}</code>' : `<dl>${rows.join('')}</dl>`
}

/** The example that core/wire.ts gives. */
function exampleOf(form: Form, { components }: OpenApi): unknown {
  const whole = form.$ref === undefined ? form : components.schemas[nameOf(form)]!
  return (whole.examples as unknown[] | undefined)?.[0] ?? {}
}

const nameOf = ({ $ref }: Form) => String($ref).split('/').at(-1)!
const slug = (name: string) => name.toLowerCase().replaceAll(' ', '-')
const escaped = (text: unknown) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
const inline = (text: unknown) => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')
const prose = (text: unknown) =>
  String(text)
    .split('\n\n')
    .map((part) => `<p>${inline(part)}</p>`)
    .join('')
