import { expect } from 'bun:test'
import { card, choose, composer, goTo, toast } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite()

journey('a profile: follow, and their messages come; unfollow, and they go', async (visit) => {
  const [ann, bob, cleo] = [await site.person('ann'), await site.person('bob'), await site.person('cleo')]
  await site.follow(bob, cleo)
  const { id } = await site.send(ann, 'Boosted by Cleo')
  await site.ask(cleo, 'POST', '/send', { boostOf: id })
  await site.ask(ann, 'PATCH', '/users/me', { name: 'Ann Example', bio: 'Birds, mostly.' })
  await site.send(ann, 'Something of mine')
  const { page } = await visit({ at: site, as: bob })
  await page.goto(`${site.address}/@ann`)
  await page.getByRole('heading', { level: 1, name: 'Ann Example' }).waitFor()
  await page.getByText('Birds, mostly.').waitFor()
  await card(page, 'Something of mine').waitFor()
  await page.getByRole('button', { name: 'Follow Ann Example' }).click()
  await page.getByRole('button', { name: 'Following Ann Example' }).waitFor()
  await page.getByRole('link', { name: '1 follower', exact: true }).waitFor()
  await goTo(page, 'Home')
  await card(page, 'Something of mine').waitFor()
  await site.send(ann, 'And something live')
  await card(page, 'And something live').waitFor()

  await card(page, 'And something live').locator('.card-author').click()
  await page.getByText('3 messages', { exact: true }).waitFor()
  await site.send(ann, 'Seen on the profile at once')
  await card(page, 'Seen on the profile at once').waitFor()
  await page.getByText('4 messages', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Following Ann Example' }).click()
  await page.getByRole('button', { name: 'Follow Ann Example' }).waitFor()
  await goTo(page, 'Home')
  await becomes(() => card(page, /something/i).count(), 0)
  // What somebody who is still followed boosted of theirs stays.
  await becomes(() => card(page, 'Boosted by Cleo').count(), 1)
})

journey('mute and block: nothing of theirs is left, and the settings bring them back', async (visit) => {
  const [reader, loud] = [await site.person('reader'), await site.person('loud')]
  await site.follow(reader, loud)
  const { id } = await site.send(reader, 'A quiet word')
  await site.send(loud, 'LOUD ANSWER', { replyTo: id })
  await site.send(loud, 'LOUD WORDS')
  const { page, complaints } = await visit({ at: site, as: reader })
  await page.goto(site.address)
  await card(page, 'LOUD WORDS').locator('.card-author').click()
  const more = page.getByRole('button', { name: 'More about loud' })
  await more.click()
  await page.getByRole('menuitem', { name: 'Mute loud' }).click()
  await toast(page, 'loud is muted').waitFor()
  await goTo(page, 'Home')
  await becomes(() => card(page, 'LOUD WORDS').count(), 0)

  await page.goto(`${site.address}/@reader/${id}`)
  await card(page, 'LOUD ANSWER').locator('.card-author').click()
  await more.click()
  await page.getByRole('menuitem', { name: 'Unmute loud' }).click()
  await toast(page, 'loud is not muted any more').waitFor()
  complaints.foresee(/status of 404/)
  await more.click()
  await page.getByRole('menuitem', { name: 'Block loud' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click()
  await page.getByText('You blocked loud').waitFor()
  await page.goBack()
  await page.getByText('No replies yet').waitFor()
  expect(await card(page, 'LOUD ANSWER').count()).toBe(0)
  await goTo(page, 'Home')
  await becomes(() => card(page, 'LOUD WORDS').count(), 0)

  await goTo(page, 'Settings')
  await page.getByText('Blocked people').click()
  await page.getByRole('button', { name: 'Unblock loud' }).click()
  await page.getByRole('button', { name: 'Block loud' }).waitFor()
  await page.goto(`${site.address}/@loud`)
  await page.getByRole('button', { name: 'Follow loud' }).waitFor()
})

journey('lists of followers and followed; suggestions; people and words are found', async (visit) => {
  const [hub, left, right] = [await site.person('hub'), await site.person('left'), await site.person('right')]
  const reader = await site.person('seeker')
  await Promise.all([
    site.follow(left, hub),
    site.follow(right, hub),
    site.follow(hub, right),
    site.follow(left, right),
  ])
  await site.follow(reader, hub)
  await site.send(right, 'A treatise on #lichens and stones')
  const { page } = await visit({ at: site, as: reader })
  await page.goto(`${site.address}/@hub`)
  const main = page.getByRole('main')
  await page.getByRole('link', { name: '3 followers' }).click()
  await page.getByRole('heading', { name: 'Followers of @hub' }).waitFor()
  for (const name of ['left', 'right', 'seeker']) await main.getByRole('article', { name }).waitFor()
  await page.getByRole('navigation', { name: '@hub' }).getByRole('link', { name: 'Following' }).click()
  await page.getByRole('heading', { name: 'Followed by @hub' }).waitFor()
  await main.getByRole('article', { name: 'right' }).waitFor()
  await becomes(() => main.getByRole('article', { name: 'left' }).count(), 0)

  await goTo(page, 'Explore')
  await page.getByRole('main').getByRole('heading', { name: 'People to follow' }).waitFor()
  await main.getByRole('article', { name: 'right' }).waitFor()
  const search = page.getByRole('main').getByRole('searchbox', { name: 'Search' })
  await search.fill('lichens')
  await search.press('Enter')
  await becomes(async () => {
    // The index follows what is written within a moment.
    if ((await card(page, 'A treatise').count()) > 0) return true
    await page.reload()
    await page.locator('article, .empty').first().waitFor()
    return (await card(page, 'A treatise').count()) > 0
  }, true)
  await search.fill('@righ')
  await search.press('Enter')
  await main.getByRole('article', { name: 'right' }).waitFor()
  await search.fill('nobodywouldsaythis')
  await search.press('Enter')
  await page.getByRole('heading', { name: 'Nothing found for “nobodywouldsaythis”' }).waitFor()
})

journey('notifications: a badge that counts live, a list of who did what, read once looked at', async (visit) => {
  const [ann, bob] = [await site.person('told_ann'), await site.person('told_bob')]
  const message = await site.send(ann, 'Tell me about it')
  const { page } = await visit({ at: site, as: ann })
  await page.goto(site.address)
  await composer(page).waitFor()
  const place = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Notifications/ })
  expect(await place.locator('.badge').count()).toBe(0)
  await site.follow(bob, ann)
  await place.getByText('1 unread').waitFor({ state: 'attached' })
  await site.ask(bob, 'PUT', `/messages/${message.id}/like`)
  await site.send(bob, 'I will', { replyTo: message.id })
  await site.send(bob, 'Hello @told_ann')
  await site.send(bob, '', { boostOf: message.id })
  await place.getByText('5 unread').waitFor({ state: 'attached' })

  await place.click()
  for (const words of [
    'told_bob follows you',
    'told_bob liked your message',
    'told_bob replied to you',
    'told_bob mentioned you',
    'told_bob boosted your message',
  ]) {
    await page.getByRole('article').filter({ hasText: words }).waitFor()
  }
  await becomes(() => place.locator('.badge').count(), 0)
  const { unread } = await site.ask<{ unread: number }>(ann, 'GET', '/users/me')
  expect(unread).toBe(0)
  await page.getByRole('article').filter({ hasText: 'replied to you' }).click()
  await card(page, 'I will').waitFor()
})

journey('a notification that is told of after it was counted is counted once', async (visit) => {
  const [ann, bob] = [await site.person('late_ann'), await site.person('late_bob')]
  await site.follow(ann, bob)
  const message = await site.send(ann, 'Like it')
  const gone = await site.send(bob, 'Soon gone')
  const { page } = await visit({ at: site, as: ann })
  const late: (() => void)[] = []
  await page.routeWebSocket('**/socket', (socket) => {
    const server = socket.connectToServer()
    server.onMessage((frame) => {
      const tell = () => socket.send(frame)
      if (String(frame).includes('"type":"like"')) late.push(tell)
      else tell()
    })
  })
  await page.goto(site.address)
  const badge = page.getByRole('navigation', { name: 'Main' }).locator('.badge')
  await card(page, 'Soon gone').waitFor()
  await site.follow(bob, ann)
  await becomes(() => badge.allTextContents(), ['1'])
  await site.ask(bob, 'PUT', `/messages/${message.id}/like`)
  await becomes(() => late.length, 1)
  // A deletion has the page ask how many there are.
  await site.ask(bob, 'DELETE', `/messages/${gone.id}`)
  await becomes(() => badge.allTextContents(), ['2'])
  const asked = page.waitForResponse('**/users/me')
  late[0]!()
  await asked
  await becomes(() => badge.allTextContents(), ['2'])
})

journey(
  'notices: what is deleted is neither counted nor shown; what one tab has read, no tab counts',
  async (visit) => {
    const [ann, bob] = [await site.person('slip_ann'), await site.person('slip_bob')]
    await site.follow(ann, bob)
    const { page } = await visit({ at: site, as: ann })
    const other = await page.context().newPage()
    const badge = (of: typeof page) => of.getByRole('navigation', { name: 'Main' }).locator('.badge')
    await Promise.all([page.goto(site.address), other.goto(`${site.address}/explore`)])
    await composer(page).waitFor()
    const slip = await site.send(bob, 'Oops @slip_ann')
    await becomes(() => badge(page).count(), 1)
    await site.ask(bob, 'DELETE', `/messages/${slip.id}`)
    await becomes(() => badge(page).count(), 0)

    const second = await site.send(bob, 'Again @slip_ann')
    await becomes(() => badge(other).count(), 1)
    await goTo(page, 'Notifications')
    await page.getByText('Again @slip_ann').waitFor()
    await becomes(() => badge(page).count(), 0)
    await becomes(() => badge(other).count(), 0)
    await site.ask(bob, 'DELETE', `/messages/${second.id}`)
    await becomes(() => page.getByText('Again @slip_ann').count(), 0)
    await page.getByText('Nothing yet').waitFor()

    // Of people one does not follow nothing tells that it is gone, but the list does.
    const stranger = await site.person('slip_stranger')
    await goTo(page, 'Home')
    const third = await site.send(stranger, 'And again @slip_ann')
    await becomes(() => badge(page).count(), 1)
    await site.ask(stranger, 'DELETE', `/messages/${third.id}`)
    await goTo(page, 'Notifications')
    await becomes(() => badge(page).count(), 0)
  },
)

journey('a report reaches the moderators; they delete, suspend and restore', async (visit) => {
  const [ann, bad, judge] = [await site.person('reporter'), await site.person('bad'), await site.person('judge')]
  await site.moderate(judge)
  await site.follow(ann, bad)
  await site.send(bad, 'Buy this now!')
  const hers = await visit({ at: site, as: ann })
  await hers.page.goto(site.address)
  await choose(card(hers.page, 'Buy this now!'), 'Report')
  const dialog = hers.page.getByRole('dialog')
  await dialog.getByLabel('Spam or fraud').check()
  await dialog.getByRole('textbox').fill('Third time today')
  await dialog.getByRole('button', { name: 'Report', exact: true }).click()
  await toast(hers.page, 'Thank you. The moderators will look at it.').waitFor()

  const { page } = await visit({ at: site, as: judge })
  await page.goto(site.address)
  await goTo(page, 'Moderation')
  const report = page.getByRole('article', { name: 'Report about bad' })
  await report.getByText('Spam or fraud: Third time today').waitFor()
  await report.getByRole('button', { name: 'Delete the message' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
  await report.getByText('The message is deleted.').waitFor()
  await becomes(() => card(hers.page, 'Buy this now!').count(), 0)

  await report.getByRole('button', { name: 'More about bad' }).click()
  await page.getByRole('menuitem', { name: 'Suspend bad' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: /Why/ }).fill('Sells things')
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend', exact: true }).click()
  await toast(page, 'bad is suspended').waitFor()
  const status = async () => {
    const init = { headers: { authorization: `Bearer ${ann.token}` } }
    return (await fetch(`${site.address}/users/@bad`, init)).status
  }
  expect(await status()).toBe(404)
  await report.getByRole('button', { name: 'More about bad' }).click()
  await page.getByRole('menuitem', { name: 'Restore bad' }).click()
  await toast(page, 'bad is back').waitFor()
  expect(await status()).toBe(200)
  await report.getByRole('textbox', { name: 'Note' }).fill('Told them once')
  await report.getByRole('button', { name: 'Resolve' }).click()
  await page.getByText('No open reports').waitFor()
  await page.getByRole('link', { name: 'Resolved' }).click()
  await report.getByText('Spam or fraud: Third time today').waitFor()
  // Those who are none see that it is not for them.
  await hers.page.goto(`${site.address}/moderation`)
  await hers.page.getByText('This page is for moderators').waitFor()
})

journey('what fails in a dialog is told above it', async (visit) => {
  const [lene, mats] = [await site.person('lene'), await site.person('mats')]
  const { id } = await site.send(lene, 'Liked')
  await site.ask(mats, 'PUT', `/messages/${id}/like`)
  const { page, complaints } = await visit({ at: site, as: lene })
  complaints.foresee(/status of 429/)
  await page.goto(`${site.address}/@lene/${id}`)
  await page.getByRole('button', { name: '1 like' }).click()
  const body = JSON.stringify({ code: 'rate_limited', status: 429 })
  await page.route('**/follow', (route) =>
    route.fulfill({ status: 429, contentType: 'application/problem+json', body }),
  )
  const dialog = page.getByRole('dialog', { name: 'Liked by' })
  await dialog.getByRole('button', { name: 'Follow mats' }).click()
  await dialog.getByRole('alert').getByText('mats could not be followed.').waitFor()
  await dialog.getByRole('alert').getByRole('button', { name: 'Close' }).click()
  await becomes(() => toast(page, 'mats could not be followed.').count(), 0)
})

journey('a message that comes while a profile is being read is there too', async (visit) => {
  const [iris, knut] = [await site.person('iris'), await site.person('knut')]
  await site.follow(iris, knut)
  await site.send(knut, 'Before')
  const { page, complaints } = await visit({ at: site, as: iris, serviceWorkers: 'block' })
  complaints.foresee(/Service Worker registration blocked/)
  const told = new Promise<void>((resolve) => {
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => String(payload).includes('Meanwhile') && resolve()),
    )
  })
  await page.goto(site.address)
  await card(page, 'Before').waitFor()
  await page.route('**/users/*/messages*', async (route) => {
    const response = await route.fetch()
    await site.send(knut, 'Meanwhile')
    await told
    await route.fulfill({ response })
  })
  await card(page, 'Before').locator('.card-author').click()
  await page.getByRole('feed', { name: 'Messages of knut' }).getByText('Before').waitFor()
  await becomes(() => page.locator('main .text').allTextContents(), ['Meanwhile', 'Before'])
})
