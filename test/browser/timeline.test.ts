import { expect } from 'bun:test'
import { action, card, choose, composer, goTo, look, topOf, write } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite()

/** Two who follow each other. */
async function friends(one: string, other: string) {
  const [ann, bob] = [await site.person(one), await site.person(other)]
  await Promise.all([site.follow(ann, bob), site.follow(bob, ann)])
  return [ann, bob] as const
}

type Person = Awaited<ReturnType<typeof site.person>>
type Tuple5 = [Person, Person, Person, Person, Person]

/** Sends so many messages in order: `PREFIX 1`, `PREFIX 2` … */
async function sendMany(author: Person, prefix: string, count: number) {
  for (let i = 1; i <= count; i++) await site.send(author, `${prefix} ${i}`)
}

journey('two at once: a message comes live, a like counts on both pages, and goes again', async (visit) => {
  const [ann, bob] = await friends('ann', 'bob')
  const [hers, his] = [await visit({ at: site, as: ann }), await visit({ at: site, as: bob })]
  await Promise.all([hers.page.goto(site.address), his.page.goto(site.address)])
  await Promise.all([composer(hers.page).waitFor(), composer(his.page).waitFor()])

  await write(hers.page, 'Hello, Bob!')
  const [herCard, hisCard] = [card(hers.page, 'Hello, Bob!'), card(his.page, 'Hello, Bob!')]
  await hisCard.waitFor()
  await action(hisCard, 'Like').click()
  expect(await action(hisCard, 'Like').getAttribute('aria-pressed')).toBe('true')
  await becomes(() => action(herCard, 'Like').locator('.action-count').textContent(), '1')
  await action(herCard, 'Like').click()
  await becomes(() => action(hisCard, 'Like').locator('.action-count').textContent(), '2')
  await action(hisCard, 'Like').click()
  await becomes(() => action(herCard, 'Like').locator('.action-count').textContent(), '1')
  expect(await action(herCard, 'Like').getAttribute('aria-pressed')).toBe('true')
})

journey('boost: it is told who did it, and taking it back takes it from the timeline', async (visit) => {
  const [ann, bob] = await friends('boost_ann', 'boost_bob')
  const author = await site.person('boosted_author')
  await site.send(author, 'Worth passing on')
  await site.follow(ann, author)
  const [hers, his] = [await visit({ at: site, as: ann }), await visit({ at: site, as: bob })]
  await Promise.all([hers.page.goto(site.address), his.page.goto(site.address)])
  await composer(his.page).waitFor()
  await action(card(hers.page, 'Worth passing on').first(), 'Boost').click()
  await card(his.page, 'Worth passing on').waitFor()
  await card(his.page, 'boost_ann boosted').waitFor()
  await action(card(hers.page, 'Worth passing on').first(), 'Boost').click()
  await becomes(() => card(his.page, 'Worth passing on').count(), 0)
})

journey('reply and thread: written in place, counted, shown below what it answers', async (visit) => {
  const [ann, bob] = await friends('reply_ann', 'reply_bob')
  await site.send(ann, 'Who comes along tomorrow?')
  const { page } = await visit({ at: site, as: bob })
  await page.goto(site.address)
  await action(card(page, 'Who comes along'), 'Reply').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Replying to @reply_ann').waitFor()
  await dialog.getByRole('textbox', { name: 'Write a reply' }).fill('I do!')
  await dialog.getByRole('button', { name: 'Reply', exact: true }).click()
  await becomes(() => page.getByRole('dialog').count(), 0)
  const asked = card(page, 'Who comes along').first()
  await becomes(() => action(asked, 'Reply').locator('.action-count').textContent(), '1')
  await asked.getByText('Who comes along').click()
  await page.getByRole('heading', { level: 1, name: /Message|Thread/ }).waitFor()
  expect(new URL(page.url()).pathname).toMatch(/^\/@reply_ann\/\d+$/)
  await card(page, 'I do!').waitFor()
  expect(await topOf(card(page, 'Who comes along'))).toBeLessThan(await topOf(card(page, 'I do!')))
  // From the answer one finds what it answers, above.
  await card(page, 'I do!').getByText('I do!').click()
  await becomes(() => new URL(page.url()).pathname.startsWith('/@reply_bob/'), true)
  await card(page, 'Who comes along').waitFor()
  expect(await topOf(card(page, 'Who comes along'))).toBeLessThan(await topOf(card(page, 'I do!')))
})

journey(
  'a link to a late answer opens at it, also after a reload, and leads further up than is shown',
  async (visit) => {
    const [ann, bob] = [await site.person('chain'), await site.person('links')]
    const said = [await site.send(ann, 'Answer 0.')]
    for (let i = 1; i <= 22; i++) said.push(await site.send(ann, `Answer ${i}.`, { replyTo: said.at(-1)!.id }))
    const { page } = await visit({ at: site, as: bob })
    const main = page.locator('article.main')
    const inSight = async () => {
      const top = await topOf(main)
      return (await page.getByRole('article').count()) === 21 && top > 0 && top < 400
    }
    await page.goto(`${site.address}/@chain/${said.at(-1)!.id}`)
    await becomes(inSight, true)
    await page.reload()
    await becomes(inSight, true)

    // Who scrolled away finds the page as they left it.
    await page.mouse.move(600, 400)
    await page.mouse.wheel(0, -1_000)
    await becomes(async () => (await topOf(main)) > 1_000, true)
    await page.reload()
    await becomes(() => page.getByRole('article').count(), 21)
    await becomes(async () => (await topOf(main)) > 1_000, true)

    const before = page.getByRole('link', { name: 'Show what came before' })
    expect(await card(page, 'Answer 1.').count()).toBe(0)
    await before.click()
    await main.filter({ hasText: 'Answer 1.' }).waitFor()
    await card(page, 'Answer 0.').waitFor()
    expect(await before.count()).toBe(0)
  },
)

journey('a thread that is open counts the replies that come, each once', async (visit) => {
  const [ann, bob] = await friends('count_ann', 'count_bob')
  const { id } = await site.send(ann, 'How many are we?')
  const { page } = await visit({ at: site, as: bob })
  await page.goto(`${site.address}/@count_ann/${id}`)
  const asked = card(page, 'How many are we?')
  const replies = () => action(asked, 'Reply').locator('.action-count').textContent()
  await asked.waitFor()
  expect(await replies()).toBe('')
  const one = await site.send(ann, 'One', { replyTo: id })
  await becomes(replies, '1')
  await page.getByRole('main').getByRole('textbox', { name: 'Write a reply' }).fill('Two')
  await page.getByRole('main').getByRole('button', { name: 'Reply', exact: true }).first().click()
  await card(page, 'Two').waitFor()
  await site.send(ann, 'Three', { replyTo: id })
  await card(page, 'Three').waitFor()
  await becomes(replies, '3')
  await site.ask(ann, 'DELETE', `/messages/${one.id}`)
  await becomes(replies, '2')
})

journey('deleting leaves the focus nearby, no empty list, and counts that are true', async (visit) => {
  const ann = await site.person('tidy_ann')
  await site.send(ann, 'The first')
  await site.send(ann, 'The second')
  const { page } = await visit({ at: site, as: ann })
  await page.goto(site.address)
  const remove = async (text: string) => {
    await choose(card(page, text), 'Delete')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await becomes(() => card(page, text).count(), 0)
  }
  const focused = () => page.evaluate('document.activeElement.textContent')
  await card(page, 'The second').waitFor()
  await remove('The second')
  expect(await focused()).toContain('The first')
  await page.goto(`${site.address}/@tidy_ann`)
  await page.getByText('1 message', { exact: true }).waitFor()
  await remove('The first')
  await page.getByText('No messages yet').waitFor()
  await page.getByText('0 messages', { exact: true }).waitFor()
  expect(await focused()).toBe('tidy_ann')
})

journey('deleting asks first, and takes the message from every open page', async (visit) => {
  const [ann, bob] = await friends('delete_ann', 'delete_bob')
  const [hers, his] = [await visit({ at: site, as: ann }), await visit({ at: site, as: bob })]
  await Promise.all([hers.page.goto(site.address), his.page.goto(site.address)])
  await write(hers.page, 'I should not have said this')
  await card(his.page, 'I should not').waitFor()
  // Of others there is nothing to delete.
  await action(card(his.page, 'I should not'), 'More').click()
  expect(await his.page.getByRole('menuitem', { name: 'Delete' }).count()).toBe(0)
  await his.page.keyboard.press('Escape')

  await choose(card(hers.page, 'I should not'), 'Delete')
  await hers.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  expect(await card(hers.page, 'I should not').count()).toBe(1)
  await choose(card(hers.page, 'I should not'), 'Delete')
  await hers.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await becomes(() => card(hers.page, 'I should not').count(), 0)
  await becomes(() => card(his.page, 'I should not').count(), 0)
})

journey('what arrives while one reads further down waits behind a button, and moves nothing', async (visit) => {
  const [ann, bob] = await friends('busy_ann', 'busy_bob')
  await sendMany(ann, 'Earlier', 40)
  const { page } = await visit({ at: site, as: bob })
  await page.goto(site.address)
  const read = card(page, /Earlier 33$|Earlier 33\D/)
  await card(page, 'Earlier 40').waitFor()
  await read.scrollIntoViewIfNeeded()
  await page.mouse.move(400, 400)
  const scrolled = async () => Math.round((await page.evaluate('scrollY')) as number)
  const from = await scrolled()
  await page.mouse.wheel(0, 300)
  await becomes(scrolled, from + 300)
  const before = await topOf(read)

  await sendMany(ann, 'Fresh', 3)
  const button = page.getByRole('button', { name: '3 new messages' })
  await button.waitFor()
  expect(await topOf(read)).toBeCloseTo(before, 0)
  expect(await card(page, 'Fresh').count()).toBe(0)

  await button.click()
  await card(page, 'Fresh 3').waitFor()
  await becomes(async () => (await page.evaluate('scrollY')) as number, 0)
  expect(await page.getByRole('button', { name: /new message/ }).count()).toBe(0)
  const texts = await page.getByRole('article').locator('.text').allTextContents()
  expect(texts.slice(0, 4)).toEqual(['Fresh 3', 'Fresh 2', 'Fresh 1', 'Earlier 40'])
})

journey(
  'somebody is followed while one reads further down: theirs come to their places, and nothing moves',
  async (visit) => {
    const [reader, friend, found] = [
      await site.person('rd'),
      await site.person('rd_friend'),
      await site.person('rd_found'),
    ]
    await Promise.all([site.follow(reader, friend), site.follow(friend, found)])
    await sendMany(friend, 'Above', 12)
    const { page } = await visit({ at: site, as: reader })
    await sendMany(friend, 'Before', 28)
    await site.send(found, 'Between the others')
    await sendMany(friend, 'After', 3)
    await site.send(found, 'Newest of all')
    await page.goto(site.address)
    await card(page, 'After 3').waitFor()
    const read = card(page, 'Before 20')
    await read.scrollIntoViewIfNeeded()
    await page.mouse.move(400, 400)
    const scrolled = async () => Math.round((await page.evaluate('scrollY')) as number)
    const from = await scrolled()
    await page.mouse.wheel(0, 300)
    await becomes(scrolled, from + 300)
    const before = await topOf(read)
    await page.getByRole('complementary').getByRole('button', { name: 'Follow rd_found' }).click()
    await page.getByRole('button', { name: '1 new message' }).waitFor()
    await card(page, 'Between the others').waitFor({ state: 'attached' })
    expect(await topOf(read)).toBeCloseTo(before, 0)
  },
)

journey(
  'opened again and scrolled down: what lies deep is read from the server once one comes there',
  async (visit) => {
    const [reader, kept, left] = [
      await site.person('dp_reader'),
      await site.person('dp_kept'),
      await site.person('dp_left'),
    ]
    await Promise.all([site.follow(reader, kept), site.follow(reader, left)])
    const deep = await site.send(kept, 'Deep down')
    await site.send(left, 'Gone by then')
    await sendMany(kept, 'Above', 60)
    const { page } = await visit({ at: site, as: reader })
    const goDown = async (text: string) => {
      await page.goto(site.address)
      await card(page, 'Above 60').waitFor()
      await page.mouse.move(400, 400)
      await becomes(async () => {
        await page.mouse.wheel(0, 2_000)
        return card(page, text).count()
      }, 1)
    }
    await goDown('Deep down')
    expect(await card(page, 'Gone by then').count()).toBe(1)
    await page.goto('about:blank')
    await site.ask(reader, 'DELETE', `/users/${left.id}/follow`)
    await site.ask(reader, 'PUT', `/messages/${deep.id}/like`)
    await goDown('Deep down')
    await becomes(() => card(page, 'Gone by then').count(), 0)
    await becomes(() => action(card(page, 'Deep down'), 'Like').getAttribute('aria-pressed'), 'true')
  },
)

journey('opened again: who is hidden by now is gone, and counts, likes and names are as they are', async (visit) => {
  const handles = ['away_reader', 'away_kept', 'away_blocks', 'away_left', 'away_muted']
  const [reader, kept, blocks, left, muted] = (await Promise.all(handles.map(site.person))) as Tuple5
  await Promise.all([kept, blocks, left, muted].map((who) => site.follow(reader, who)))
  for (const who of [blocks, left, muted]) await site.send(who, `Of ${who.handle}`)
  const { id } = await site.send(kept, 'This stays')
  const { page } = await visit({ at: site, as: reader })
  await page.goto(site.address)
  for (const who of [blocks, left, muted]) await card(page, `Of ${who.handle}`).waitFor()
  await page.goto('about:blank')
  await site.ask(blocks, 'PUT', `/users/${reader.id}/block`)
  await site.ask(reader, 'DELETE', `/users/${left.id}/follow`)
  await site.ask(reader, 'PUT', `/users/${muted.id}/mute`)
  await site.ask(reader, 'PUT', `/messages/${id}/like`)
  await site.send(left, 'A reply', { replyTo: id })
  await site.ask(kept, 'PATCH', '/users/me', { name: 'Kept of late' })
  await page.goto(site.address)
  await card(page, 'Kept of late').waitFor()
  await becomes(() => card(page, 'Of away_').count(), 0)
  const stays = card(page, 'This stays')
  expect(await action(stays, 'Like').getAttribute('aria-pressed')).toBe('true')
  expect(await stays.locator('.action-count').allTextContents()).toEqual(['1', '', '1'])
})

journey('scrolling down shows every message once, in order, and going back leads to where one was', async (visit) => {
  const [ann, bob] = await friends('many_ann', 'many_bob')
  await sendMany(ann, 'Number', 150)
  const { page } = await visit({ at: site, as: bob })
  await page.goto(site.address)
  await card(page, 'Number 150').waitFor()
  const seen: string[] = []
  await page.mouse.move(400, 400)
  await becomes(async () => {
    for (const text of await page.getByRole('article').locator('.text').allTextContents()) {
      if (!seen.includes(text)) seen.push(text)
    }
    await page.mouse.wheel(0, 2_000)
    return seen.length
  }, 150)
  expect(seen).toEqual(Array.from({ length: 150 }, (_, i) => `Number ${150 - i}`))

  const one = card(page, /Number 60$|Number 60\D/)
  // The wheel still turns for a moment.
  let before = 0
  await becomes(async () => {
    const last = before
    await look(one, 'one.scrollIntoView({ block: "center" })')
    before = await topOf(one)
    return before === last && Math.abs(before - 400) < 400
  }, true)
  await one.locator('.card-time').click()
  await becomes(() => new URL(page.url()).pathname.split('/').length, 3)
  await page.goBack()
  await one.waitFor()
  await becomes(async () => Math.abs((await topOf(one)) - before) < 2, true)
})

journey(
  'the way back on the page leads to where one was, also after a reload and after going forward again',
  async (visit) => {
    const { page } = await visit({ at: site, as: await site.person('wanderer') })
    await page.goto(site.address)
    const path = () => new URL(page.url()).pathname
    const backFromProfile = async () => {
      await page.getByRole('button', { name: 'Back' }).click()
      await becomes(path, '/inbox')
    }
    await goTo(page, 'Notifications')
    await goTo(page, 'Profile')
    await page.reload()
    await backFromProfile()
    await page.goForward()
    await becomes(path, '/@wanderer')
    await backFromProfile()
  },
)

journey('the server goes away and comes back: what was sent meanwhile arrives, once', async (visit) => {
  const [ann, bob] = await friends('gone_ann', 'gone_bob')
  const { page, complaints } = await visit({ at: site, as: bob })
  await page.goto(site.address)
  await site.send(ann, 'Before the fall')
  await card(page, 'Before the fall').waitFor()
  complaints.foresee(/ERR_CONNECTION|WebSocket|Failed to load|status of 503|answer 503/)
  await site.server.end('SIGTERM')
  await site.server.start()
  await site.send(ann, 'After the fall')
  await card(page, 'After the fall').waitFor()
  expect(await card(page, /fall/).count()).toBe(2)
})

journey('pressed twice in a hurry: what is shown is what the server holds, and what was wished last', async (visit) => {
  const [ivy, jon] = [await site.person('ivy'), await site.person('jon')]
  await site.follow(ivy, jon)
  const { id } = await site.send(jon, 'Liked, or not')
  // Requests that pass by a service worker, which begins at any moment, are not seen by the test.
  const { page, complaints } = await visit({ at: site, as: ivy, serviceWorkers: 'block' })
  complaints.foresee(/Service Worker registration blocked/)
  await page.goto(site.address)
  // Below one's boost of it.
  const his = card(page, 'Liked, or not').last()
  await his.waitFor()
  const held = async () => (await site.ask<{ you: unknown }>(ivy, 'GET', `/messages/${id}`)).you
  // One's own boost, which is told live as it was made, presses nothing again before its end is answered.
  let meanwhile: string | null | undefined
  await page.route('**/boost', async (route) => {
    await card(page, 'You boosted').waitFor()
    meanwhile = await action(his, 'Boost').getAttribute('aria-pressed')
    await route.continue()
  })
  for (const [word, path] of [
    ['Like', '**/like'],
    ['Boost', '**/send'],
  ] as const) {
    const pressed = action(his, word)
    const answered = Promise.withResolvers<void>()
    let answers = 0
    await page.route(path, async (route) => {
      if (answers++ === 0) await answered.promise
      await route.continue()
    })
    const last = page.waitForResponse((response) => response.request().method() === 'DELETE')
    // Both in one breath, wherever the page moves meanwhile.
    await look(pressed, 'one.click() || one.click()')
    await becomes(() => pressed.getAttribute('aria-pressed'), 'false')
    answered.resolve()
    await last
    await becomes(held, { liked: false, boosted: false })
    expect(await pressed.getAttribute('aria-pressed')).toBe('false')
    await page.unroute(path)
  }
  expect(meanwhile).toBe('false')
})

journey('a long message is folded in a list until one asks for all of it, and whole on its own page', async (visit) => {
  const [ann, bob] = [await site.person('longwinded'), await site.person('patient')]
  await site.follow(bob, ann)
  await site.send(ann, 'Below')
  const long = await site.send(ann, `Long\n${'and longer\n'.repeat(40)}https://example.org/last`)
  await site.send(ann, 'Above')
  const { page } = await visit({ at: site, as: bob })
  await page.goto(site.address)
  const row = card(page, 'and longer')
  const all = row.getByRole('button', { name: 'Show all of it' })
  await all.waitFor()
  expect(await page.getByRole('button', { name: 'Show all of it' }).count()).toBe(1)
  const height = 'one.querySelector(".text").clientHeight'
  const folded = await look<number>(row, height)
  const tops = async () => [await topOf(card(page, 'Above')), await topOf(row)]
  await all.focus()
  const before = await tops()
  await page.keyboard.press('Enter')
  await becomes(() => all.count(), 0)
  expect(await look<number>(row, height)).toBeGreaterThan(2 * folded)
  expect(await tops()).toEqual(before)
  expect(await look(row, 'one === document.activeElement')).toBe(true)

  // A link that is folded away is not lost to the keyboard.
  await page.reload()
  await all.waitFor()
  await row.getByRole('link', { name: 'example.org/last' }).focus()
  await becomes(() => all.count(), 0)

  await page.goto(`${site.address}/@longwinded/${long.id}`)
  await row.waitFor()
  expect(await look<number>(row, height)).toBeGreaterThan(2 * folded)
  expect(await all.count()).toBe(0)
})
