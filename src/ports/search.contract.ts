import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { idMax, type MessageId } from '../core/ids.ts'
import { messageBody } from '../core/message.ts'
import { searchedWords, wordsOf } from '../core/words.ts'
import type { MessageRecord } from './messages.ts'
import { eventually, makeUser, newestFirst, newMessage, type Open, opening, takeId } from './support.contract.ts'

export function searchContract(name: string, open: Open<'search' | 'messages' | 'users'>): void {
  describe(`${name}: SearchIndex`, () => {
    const opened = opening(open)
    const search = () => opened.engine.search
    const newest = idMax + 1
    let words = 0
    /** A word that no other message has. */
    const newWord = () => `word${(++words).toString(36)}x${takeId().toString(36)}`

    async function store(texts: readonly string[]): Promise<MessageRecord[]> {
      const author = await makeUser(opened.engine.users)
      const messages = texts.map((text) => {
        const id = takeId()
        return newMessage(author, { id, body: messageBody(id, text) })
      })
      await Promise.all(messages.map((message) => opened.engine.messages.store(message)))
      return messages
    }

    /** Stored and added messages with these texts, findable. */
    async function added(texts: readonly string[]): Promise<MessageId[]> {
      const messages = await store(texts)
      await search().add(messages)
      const ids = messages.map(({ id }) => id)
      for (const [i, text] of texts.entries()) await found([...wordsOf(text)].slice(0, 16), ids[i]!)
      return ids
    }

    const found = (of: readonly string[], id: MessageId) =>
      eventually(opened, async () => (await search().find(of, id + 1, 1)).ids[0] === id)

    /** All that is found, read on to the end in pages of `limit`. */
    async function all(query: string, limit = 100): Promise<MessageId[]> {
      const of = [...searchedWords(query)]
      const ids: MessageId[] = []
      for (let below: number | undefined = newest; below !== undefined; ) {
        const page = await search().find(of, below, limit)
        expect(page.ids.length).toBeLessThanOrEqual(limit)
        ids.push(...page.ids)
        below = page.rest
      }
      return ids
    }

    test('[X1] [X3] what was added is found by each of its words, and by all of them, newest first', async () => {
      const [a, b, c] = [newWord(), newWord(), newWord()]
      const [one, two, three] = await added([`${a} ${b}`, `${b}, ${c}!`, `${c} ${b} ${a}`])
      expect(await all(a)).toEqual([three!, one!])
      expect(await all(b)).toEqual([three!, two!, one!])
      expect(await all(`${c} ${b}`)).toEqual([three!, two!])
      expect(await all(`${a} ${b} ${c}`)).toEqual([three!])
      expect(await all(`${a} ${newWord()}`)).toEqual([])
      expect(await all(newWord())).toEqual([])
    })

    test('[X3] words are folded; a hashtag is found as one and as a word', async () => {
      const word = newWord()
      const [plain, tag] = await added([`Ünïcode ${word.toUpperCase()}`, `unicode #${word}`])
      expect(await all(`UNICODE ${word}`)).toEqual([tag!, plain!])
      expect(await all(`#${word}`)).toEqual([tag!])
    })

    test('[X2] adding again changes nothing', async () => {
      const word = newWord()
      const messages = await store([`${word} one`, `${word} two`])
      for (let i = 0; i < 3; i++) await search().add(messages)
      for (const { id } of messages) await found([word], id)
      await search().add(messages)
      expect(await all(word)).toEqual(newestFirst(messages.map(({ id }) => id)))
    })

    test('[X2] [X5] what was deleted or abandoned is found no more, also when it is added afterwards', async () => {
      const word = newWord()
      const messages = await store([`${word} one`, `${word} two`, `${word} three`])
      const [one, two, three] = messages as [MessageRecord, MessageRecord, MessageRecord]
      await search().add(messages)
      for (const { id } of messages) await found([word], id)
      await opened.engine.messages.delete(one.id, one.author, takeId())
      await opened.engine.messages.abandon(two.id, two.author)
      await eventually(opened, async () => (await all(word)).join() === `${three.id}`)
      await search().add([one, two])
      const [later] = await added([`${word} four`])
      expect(await all(word)).toEqual([later!, three.id])
    })

    test('[X4] pages of any length have neither holes nor repeats', async () => {
      const [common, half] = [newWord(), newWord()]
      const ids = await added(
        Array.from({ length: 50 }, (_, i) => (i % 2 ? `${common} ${half} ${i}` : `${common} ${i}`)),
      )
      const halves = ids.filter((_, i) => i % 2)
      for (const limit of [1, 3, 49, 50, 100]) {
        expect(await all(common, limit)).toEqual(newestFirst(ids))
        expect(await all(`${half} ${common}`, limit)).toEqual(newestFirst(halves))
      }
      expect((await search().find([common], ids[10]!, 3)).ids).toEqual([ids[9]!, ids[8]!, ids[7]!])
      expect((await search().find([common], ids[0]!, 3)).ids).toEqual([])
    })

    test('[X1] what was added survives a restart, also one at once', async () => {
      const word = newWord()
      const messages = await store([`${word} one`, `${word} two`])
      await search().add(messages)
      await opened.reopen()
      for (const { id } of messages) await found([word], id)
      expect(await all(word)).toEqual(newestFirst(messages.map(({ id }) => id)))
      const [later] = await added([`${word} three`])
      expect((await all(word))[0]).toBe(later!)
    })

    test('[X1] a text may hold thousands of words, of any script', async () => {
      const many = Array.from({ length: 1_000 }, () => newWord())
      const [id] = await added([many.join(' ')])
      for (const word of [many[0]!, many[500]!, many[999]!]) expect(await all(word)).toEqual([id!])
      const word = newWord()
      const [mixed] = await added([
        `${word} 東京タワー สวัสดี مرحبا शुभ "quoted" a'b -- %_* (NOT OR) NEAR ${'x'.repeat(500)}`,
      ])
      for (const query of ['東京', '京', 'タワー', 'สวัสดี', 'مرحبا', 'शुभ', 'quoted', 'NOT OR NEAR', 'x'.repeat(500)]) {
        expect([query, await all(`${word} ${query}`)]).toEqual([query, [mixed!]])
      }
      expect(await all(`${word} ${'x'.repeat(20)}`)).toEqual([])
    })

    test('[X3] agrees with a look at every text', async () => {
      const vocabulary = Array.from({ length: 5 }, newWord)
      const texts = fc.array(fc.subarray(vocabulary, { minLength: 1 }), { minLength: 1, maxLength: 8 })
      const known = new Map<MessageId, Set<string>>()
      await fc.assert(
        fc.asyncProperty(texts, fc.subarray(vocabulary, { minLength: 1 }), async (made, looked) => {
          const ids = await added(made.map((some) => some.join(' ')))
          for (const [i, id] of ids.entries()) known.set(id, new Set(made[i]))
          const expected = [...known].filter(([, has]) => looked.every((word) => has.has(word))).map(([id]) => id)
          expect(await all(looked.join(' '), 7)).toEqual(newestFirst(expected))
        }),
        { numRuns: 10 },
      )
    })
  })
}
