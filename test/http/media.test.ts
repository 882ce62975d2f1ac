import { afterAll, expect, test } from 'bun:test'
import { jpeg, png, withExif } from '../media/samples.ts'
import { upload } from '../media/upload.ts'
import { openServer } from './harness.ts'

const server = openServer()
afterAll(() => server.close())
const ann = await server.person('ann')
const ben = await server.person('ben')

test('a picture is kept upright and without its place, and shown by a message everywhere', async () => {
  const made = await upload(server, ann, withExif(await jpeg(200, 100), 6), { description: 'The sea' })
  expect(made.status).toBe(201)
  const { id } = made.body as { id: string }
  expect(made.body).toMatchObject({
    type: 'image',
    url: `/media/${id}`,
    previewUrl: `/media/${id}/preview`,
    width: 100,
    height: 200,
    description: 'The sea',
  })
  expect(made.body.blurhash).toMatch(/^.{28}$/)

  const got = await fetch(`${server.url}/media/${id}`)
  expect(got.status).toBe(200)
  expect(got.headers.get('content-type')).toBe('image/jpeg')
  const bytes = Buffer.from(await got.arrayBuffer())
  expect(bytes).toHaveLength(made.body.bytes as number)
  expect(bytes.includes('GPS')).toBe(false)
  const preview = await fetch(`${server.url}/media/${id}/preview`)
  expect(preview.headers.get('content-type')).toBe('image/webp')

  const sent = await server.ask('POST', '/send', { token: ann.token, json: { media: [id] } })
  expect(sent.status).toBe(201)
  expect(sent.body).toMatchObject({ text: '', media: [made.body] })
  const page = await server.ask('GET', '/fetch', { token: ann.token })
  expect(page.body.messages).toMatchObject([{ media: [made.body] }])

  const again = await server.ask('POST', '/send', { token: ann.token, json: { text: 'b', media: [id] } })
  expect([again.status, again.body.field]).toEqual([422, 'media[0]'])
  const others = await server.ask('POST', '/send', { token: ben.token, json: { text: 'b', media: [id] } })
  expect([others.status, others.body.field]).toEqual([422, 'media[0]'])

  expect((await server.ask('DELETE', `/messages/${sent.body.id}`, { token: ann.token })).status).toBe(204)
  expect((await server.ask('GET', `/media/${id}`)).status).toBe(404)
  expect(server.mistakes).toEqual([])
})

test('a picture of one’s own', async () => {
  const { body } = await upload(server, ann, png(64, 64))
  const changed = await server.ask('PATCH', '/users/me', { token: ann.token, json: { avatar: body.id } })
  expect(changed.body.avatar).toBe(body.previewUrl as string)
  const sent = await server.ask('POST', '/send', { token: ann.token, json: { text: 'see me' } })
  expect(sent.body.author).toMatchObject({ avatar: body.previewUrl })
  await server.ask('PATCH', '/users/me', { token: ann.token, json: { avatar: '' } })
  expect((await server.ask('GET', '/users/me', { token: ann.token })).body.avatar).toBeUndefined()
  expect((await server.ask('GET', `/media/${body.id}`)).status).toBe(404)
})
