/** Who and what is on the screenshots. */

export interface Resident {
  readonly handle: string
  readonly name: string
  readonly bio: string
  /** The hue of their picture, in degrees. */
  readonly hue: number
}

export const residents: readonly Resident[] = [
  { handle: 'mira', name: 'Mira Okafor', bio: 'Rooks, jackdaws, and the fens they live in. #birds', hue: 205 },
  { handle: 'tomasz', name: 'Tomasz Wieczorek', bio: 'I build bicycles. Ask me about bottom brackets.', hue: 25 },
  { handle: 'yui', name: 'Yui Tanaka', bio: 'Compiler person by day, sourdough by night.', hue: 340 },
  { handle: 'layla', name: 'ليلى حداد', bio: 'أكتب عن المدن والخرائط. Maps and cities.', hue: 275 },
  { handle: 'sven', name: 'Sven Lindqvist', bio: 'Night trains, mostly.', hue: 150 },
  { handle: 'odile', name: 'Odile Marchand', bio: 'Botanist. Mosses have no roots and no regrets.', hue: 95 },
  { handle: 'noor', name: 'Noor Haddad', bio: 'Radio, aerials, weather.', hue: 55 },
  { handle: 'piet', name: 'Piet van Dijk', bio: 'Dykes, sluices, and the birds on them.', hue: 185 },
  { handle: 'ines', name: 'Inês Duarte', bio: 'Paints the sea. Again.', hue: 10 },
  { handle: 'ravi', name: 'Ravi Menon', bio: 'Distributed systems, undistributed attention.', hue: 225 },
]

/** Whose pages are shown. */
export const shown = residents[0]!

export interface Post {
  readonly minutesAgo: number
  readonly by: string
  readonly text: string
  /** Scenes attached, each a hue and what it shows. */
  readonly pictures?: readonly { readonly hue: number; readonly words: string }[]
  /** Which earlier post it answers or boosts, by its place in this list. */
  readonly replyTo?: number
  readonly boostOf?: number
  readonly likedBy?: readonly string[]
}

export const posts: readonly Post[] = [
  {
    minutesAgo: 612,
    by: 'sven',
    text: 'The night train from Narvik has a library now. Four shelves. I have read none of it because of the windows.',
    likedBy: ['mira', 'yui', 'odile', 'layla'],
  },
  {
    minutesAgo: 488,
    by: 'ravi',
    text: 'Today I removed a cache and everything got faster. I will be taking no questions.',
    likedBy: ['yui', 'tomasz', 'sven', 'mira', 'layla'],
  },
  { minutesAgo: 481, by: 'yui', text: '@ravi one question: which cache', replyTo: 1, likedBy: ['ravi', 'mira'] },
  {
    minutesAgo: 475,
    by: 'ravi',
    text: 'the one in front of the other one',
    replyTo: 2,
    likedBy: ['yui', 'mira', 'sven'],
  },
  {
    minutesAgo: 402,
    by: 'layla',
    text: 'خريطة جديدة للمدينة القديمة: كل الأزقة التي لا أسماء لها، مرسومة سيراً على الأقدام. #خرائط',
    likedBy: ['mira', 'odile', 'sven'],
  },
  {
    minutesAgo: 344,
    by: 'odile',
    text: 'Found #Buxbaumia on a rotten log this morning. It is a moss that is mostly one improbable capsule, and I have waited eleven years.',
    pictures: [{ hue: 95, words: 'A mossy hillside in morning light' }],
    likedBy: ['mira', 'layla', 'sven', 'yui', 'ravi'],
  },
  {
    minutesAgo: 291,
    by: 'tomasz',
    text: 'Frame no. 41 is done. It goes to @mira, who promised to ride it through every puddle in the county.',
    pictures: [{ hue: 30, words: 'Evening over the hills behind the workshop' }],
    likedBy: ['mira', 'sven', 'odile'],
  },
  {
    minutesAgo: 287,
    by: 'mira',
    text: 'Every single one, @tomasz. I have a list.',
    replyTo: 6,
    likedBy: ['tomasz', 'yui'],
  },
  {
    minutesAgo: 210,
    by: 'yui',
    text: 'Bread report: 78 % hydration, 22 h in the fridge, crust like a good argument.',
    likedBy: ['tomasz', 'odile', 'mira'],
  },
  { minutesAgo: 166, by: 'sven', text: '', boostOf: 5 },
  {
    minutesAgo: 95,
    by: 'ravi',
    text: 'A queue is a promise with a length. If yours has no length, it is a wish.',
    likedBy: ['yui', 'mira', 'tomasz'],
  },
  {
    minutesAgo: 38,
    by: 'mira',
    text: 'Dusk count at the rookery: 1,140 rooks, give or take the ones that would not sit still. They talk the whole way down. #birds #rooks',
    pictures: [
      { hue: 215, words: 'Rooks above the fen at dusk' },
      { hue: 345, words: 'The last light over the trees' },
    ],
    likedBy: ['sven', 'odile', 'tomasz', 'layla', 'yui', 'ravi'],
  },
  { minutesAgo: 31, by: 'odile', text: '@mira give or take how many?', replyTo: 11, likedBy: ['mira'] },
  {
    minutesAgo: 22,
    by: 'layla',
    text: 'They sound like a market that is closing. Beautiful.',
    replyTo: 11,
    likedBy: ['mira', 'sven'],
  },
]

/** Whose thread is shown, by its place in the list. */
export const shownThread = 11

/** A made-up landscape: a sky, a sun, hills, and birds. */
export function scene(hue: number, seed: number): string {
  const random = (i: number) => Math.abs(Math.sin(seed * 12.9898 + i * 78.233) * 43758.5453) % 1
  const hill = (y: number, i: number) =>
    `M0 ${y} C ${200 + random(i) * 200} ${y - 90 - random(i + 1) * 80}, ${500 + random(i + 2) * 200} ${y + 60}, 960 ${y - 50 * random(i + 3)} V640 H0Z`
  const birds = Array.from({ length: 14 }, (_, i) => {
    const [x, y, size] = [120 + random(i + 9) * 720, 70 + random(i + 31) * 190, 7 + random(i + 57) * 13]
    return `<path d="M${x - size} ${y - size / 2} Q${x - size / 3} ${y - size / 2} ${x} ${y} Q${x + size / 3} ${y - size / 2} ${x + size} ${y - size / 2}"/>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 640" width="960" height="640">
<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="hsl(${hue} 55% 42%)"/><stop offset="1" stop-color="hsl(${hue + 150} 75% 82%)"/></linearGradient></defs>
<rect width="960" height="640" fill="url(#sky)"/><circle cx="${260 + random(3) * 440}" cy="${300 + random(4) * 60}" r="${44 + random(5) * 26}" fill="hsl(45 95% 82%)"/>
<path d="${hill(430, 11)}" fill="hsl(${hue + 20} 32% 40%)"/><path d="${hill(500, 21)}" fill="hsl(${hue + 10} 36% 28%)"/><path d="${hill(570, 41)}" fill="hsl(${hue} 40% 16%)"/>
<g fill="none" stroke="hsl(${hue} 45% 12%)" stroke-width="4" stroke-linecap="round">${birds.join('')}</g></svg>`
}
