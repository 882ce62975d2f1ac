import { describe, expect, test } from 'bun:test'
import {
  arrived,
  further,
  joined,
  noRows,
  type PageAgain,
  type Rows,
  renewed,
  reveal,
  rowsMax,
  stepRows,
  topRows,
  waitingMax,
  without,
} from './rows.ts'

const id = (row: number) => String(row)
const add = (rows: Rows<number>, fresh: number[], show: boolean) => arrived(rows, fresh, show, id)
const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i)
const start: Rows<number> = { ...noRows, shown: down(30, 11), next: '11' }
const all = ({ waiting, shown, below }: Rows<number>) => [...waiting, ...shown, ...below]

describe('a timeline in parts', () => {
  test('what arrives at the top is shown, newest first, each once', () => {
    expect(add(start, [31, 33, 32, 33 - 1, 30], true).shown).toEqual(down(33, 11))
  })

  test('what arrives while one reads further down waits, and nothing that is shown changes', () => {
    const one = add(start, [31], false)
    const two = add(one, [32, 31], false)
    expect([two.waiting, two.shown, two.count]).toEqual([[32, 31], start.shown, 2])
    expect(two.shown).toBe(start.shown)
  })

  test('while some wait, those that come at the top wait with them', () => {
    expect(add(add(start, [31], false), [32], true)).toMatchObject({ waiting: [32, 31], shown: start.shown })
  })

  test('what waits is shown without a hole, in steps', () => {
    const few = reveal(add(start, [31, 32], false), id)
    expect([few.shown, few.waiting, few.count]).toEqual([down(32, 11), [], 0])
    const many = reveal(add(start, down(90, 31), false), id)
    expect(many.shown).toEqual(down(90, 90 - stepRows + 1))
    expect(all(many)).toEqual(down(90, 11))
    expect(further(many).shown).toHaveLength(2 * stepRows)
  })

  test('more than may wait: what was shown gives way, and is read again below', () => {
    const rows = add(start, down(30 + 3 * waitingMax, 31), false)
    expect([rows.waiting.length, rows.count]).toEqual([waitingMax, 3 * waitingMax])
    const after = reveal(rows, id)
    expect(all(after)).toEqual([...rows.waiting])
    expect(after.next).toBe(String(rows.waiting.at(-1)))
  })

  test('a late one goes to its place; below all that is held it comes with its page', () => {
    const gap: Rows<number> = { ...noRows, shown: [30, 28], below: [20, 18], next: '18' }
    const rows = add(gap, [29, 19, 5], true)
    expect([rows.shown, rows.below]).toEqual([
      [30, 29, 28],
      [20, 19, 18],
    ])
    expect(add({ ...gap, next: undefined }, [5], true).below).toEqual([20, 18, 5])
  })

  test('pages join below, what is held left out', () => {
    const rows = joined(start, [11, 10, 9], '9', id)
    expect([rows.shown, rows.next]).toEqual([down(30, 9), '9'])
  })

  test('scrolled down beyond the bound, the top is dropped, and nothing is shown above what is left', () => {
    let rows: Rows<number> = { ...noRows, shown: down(5_000, 5_000 - stepRows + 1), next: 'n' }
    while (rows.shown.at(-1)! > 3_000)
      rows = joined(rows, down(rows.shown.at(-1)! - 1, rows.shown.at(-1)! - stepRows), 'n', id)
    const last = rows.shown.at(-1)!
    expect([rows.shown, rows.topless]).toEqual([down(last + rowsMax - 1, last), true])
    expect(add(rows, [5_001], true)).toMatchObject({ shown: rows.shown, count: 1 })
  })

  test('ten thousand arrivals hold no more than the bound, and the rest can be read', () => {
    let rows = start
    for (let n = 31; n <= 10_030; n++) rows = add(rows, [n], true)
    expect(rows.shown).toEqual(down(10_030, 10_031 - topRows))
    expect(all(rows)).toEqual(down(10_030, 10_031 - rowsMax))
    expect(rows.next).toBe(String(10_031 - rowsMax))
  })

  test('what is deleted leaves every part', () => {
    const rows = add({ ...start, below: [5, 4] }, [31, 32], false)
    expect(without(rows, (row) => row % 2 === 1)).toMatchObject({ waiting: [32], below: [4], count: 1 })
  })

  describe('a page that is read again', () => {
    const again = (rows: Rows<number>, page: number[], next?: string, more: Partial<PageAgain<number>> = {}) =>
      renewed(rows, { page, next, asked: new Set(all(rows).map(id)), ...more }, more.before === undefined, id)
    const held: Rows<number> = { ...noRows, shown: [30, 28, 26], below: [24, 22, 20], next: '20' }

    test('within its range what it has not is gone, and what it has comes; further down all stays', () => {
      const rows = again(held, [31, 28, 27, 24], '24')
      expect([rows.shown, rows.below, rows.next]).toEqual([[31, 28], [27, 24, 22, 20], '20'])
    })

    test('what came while it was asked for is not missing from it', () => {
      expect(again(held, [28, 24], '24', { asked: new Set(['28', '26', '24']) }).shown).toEqual([30, 28])
    })

    test('while one reads further down what is new above waits, and who is gone waits no more', () => {
      const reading = add(held, [32, 34], false)
      const rows = renewed(
        reading,
        { page: [36, 34, 30, 28], next: '28', asked: new Set(all(reading).map(id)) },
        false,
        id,
      )
      expect([rows.waiting, rows.count, rows.shown, rows.below]).toEqual([[36, 34], 2, [30, 28, 26], [24, 22, 20]])
    })

    test('one that reaches further down than what is held leads on from there', () => {
      const rows = again(held, [30, 21, 19, 17], '17')
      expect([all(rows), rows.next]).toEqual([[30, 21, 19, 17], '17'])
      expect(again(held, [19, 17])).toMatchObject({ below: [], shown: [19, 17], next: undefined })
      expect(again(held, [])).toEqual({ ...noRows })
    })

    test('one that does not reach down to what is held begins anew, or waits above what one reads', () => {
      expect(all(again(held, [50, 45, 40], '40'))).toEqual([50, 45, 40])
      const page = { page: [50, 45, 40], next: '40', asked: new Set(all(held).map(id)) }
      expect(renewed(held, page, false, id)).toMatchObject({ shown: held.shown, count: 3, topless: true })
      const live = add(held, [55], true)
      expect(all(renewed(live, page, true, id))).toEqual([55, 50, 45, 40])
    })

    test('a page below does the same for its range, and nothing once it is cut off', () => {
      const rows = again(held, [25, 22], '22', { before: '26' })
      expect([rows.shown, rows.below, rows.next]).toEqual([[30, 28, 26], [25, 22, 20], '20'])
      expect(again(held, [10], '10', { before: '12' })).toBe(held)
      expect(again(held, [50, 45], '45', { before: '60' })).toBe(held)
    })
  })
})
