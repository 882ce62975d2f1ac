/** Drawn on 24 × 24, in lines. */
const shapes = {
  home: 'M4 11.5 12 4l8 7.500M6 10v9h4.500v-5h3v5H18v-9',
  bell: 'M6 16.500h12l-1.500-2.500v-3.500a4.500 4.500 0 0 0-9 0V14zM10 19.500a2.200 2.200 0 0 0 4 0',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500 20 20',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20c.8-4 3.700-5.500 7.500-5.500s6.700 1.500 7.500 5.500',
  gear: 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM19.400 13.500l1.600 1.300-2 3.400-1.900-.7a7 7 0 0 1-2.200 1.300L14.600 21h-4l-.4-2.200A7 7 0 0 1 8 17.500l-1.900.7-2-3.400 1.600-1.300a7 7 0 0 1 0-3L4.100 9.200l2-3.400 1.900.7a7 7 0 0 1 2.200-1.300l.4-2.200h4l.4 2.200a7 7 0 0 1 2.200 1.300l1.900-.7 2 3.400-1.600 1.300a7 7 0 0 1-.1 3z',
  shield: 'M12 3.500 19 6v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z',
  chart: 'M4 20V4M4 20h16M8 16v-5M12.500 16V7M17 16v-7',
  pen: 'M4 20l1-4L16.500 4.500l3 3L8 19zM14 7l3 3',
  reply: 'M10 6 4 11.500l6 5.500v-3.500c5 0 8 1.500 10 4.500-.5-5.500-4-8.500-10-8.500z',
  boost: 'M7 17.500V8.500a2 2 0 0 1 2-2h7M4 14.500l3 3 3-3M17 6.500v9a2 2 0 0 1-2 2H8M20 9.500l-3-3-3 3',
  heart:
    'M12 19.500C6.500 16 4 13 4 9.700 4 7.300 5.800 5.500 8 5.500c1.700 0 3.200 1 4 2.500.8-1.500 2.300-2.500 4-2.500 2.200 0 4 1.800 4 4.200 0 3.300-2.500 6.300-8 9.800z',
  more: 'M5.500 12h.01M12 12h.01M18.500 12h.01',
  back: 'M19 12H5M11 6l-6 6 6 6',
  close: 'M6 6l12 12M18 6 6 18',
  image: 'M5 5h14v14H5zM5 16l4.500-4.500L14 16l2-2 3 3M15 9h.01',
  trash: 'M5 7h14M9 7V4.500h6V7M7 7l1 12.500h8L17 7M10.500 10.500v5.500M13.500 10.500v5.500',
  link: 'M10 14l4-4M11 7.500l2-2a3.900 3.900 0 0 1 5.500 5.500l-2 2M13 16.500l-2 2A3.900 3.900 0 0 1 5.500 13l2-2',
  flag: 'M6 21V4.500M6 5c4-2 7 2 12 0v8.500c-5 2-8-2-12 0',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 7.500V12l3 2',
  warning: 'M12 4.500 21 19.500H3zM12 10v4.500M12 17h.01',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  offline:
    'M4 4l16 16M8.500 15a5 5 0 0 1 5-1.200M5.500 11.500A9.500 9.500 0 0 1 9 9.500M12.500 8.600a9.500 9.500 0 0 1 6 2.900M12 18.500h.01',
  up: 'M12 19V5M6 11l6-6 6 6',
  file: 'M7 3.500h7l4 4v13H7zM14 3.500v4h4',
  play: 'M8 5.500v13l10.500-6.500z',
  exit: 'M14 5H6v14h8M11 12h9M17 8.500l3.500 3.500-3.500 3.500',
  eye: 'M3 12c2.500-4.500 5.500-6.500 9-6.500s6.500 2 9 6.500c-2.500 4.500-5.500 6.500-9 6.500S5.500 16.500 3 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  keyboard: 'M3.500 7h17v10h-17zM7 10.500h.01M10.500 10.500h.01M14 10.500h.01M17 10.500h.01M8.500 14h7',
  mute: 'M5 9.500v5h3l4.500 4V5.500L8 9.500zM16 9.500l5 5M21 9.500l-5 5',
  block: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM6.500 6.500l11 11',
  plus: 'M12 5v14M5 12h14',
  mention:
    'M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM15.500 8.500v4.500c0 3.500 4.500 3 4.500-1a8 8 0 1 0-3.500 6.600',
} as const

export type IconName = keyof typeof shapes

/**
 * A picture that says nothing by itself, in the text's colour: what it stands for is said beside it, or by the button it is on.
 * One element each, for a timeline has thousands: the shapes are masks.
 */
export function Icon({ name, size }: { name: IconName; size?: number }) {
  const style = size === undefined ? undefined : { inlineSize: `${size}px`, blockSize: `${size}px` }
  return <span class={`icon of-${name}`} style={style} aria-hidden="true" />
}

const turning: ReadonlySet<string> = new Set(['back', 'reply', 'exit'])

/** Has the page know all icons; once, before anything is shown. */
export function addIcons(): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(
    Object.entries(shapes)
      .map(([name, shape]) => {
        const turn = turning.has(name) ? `[dir=rtl] .of-${name}{transform:scaleX(-1)}` : ''
        const full = name === 'heart' ? `[aria-pressed=true]>.of-heart{mask-image:${mask(name, shape, '#000')}}` : ''
        return `.of-${name}{mask-image:${mask(name, shape, 'none')}}${full}${turn}`
      })
      .join(''),
  )
  document.adoptedStyleSheets.push(sheet)
}

function mask(name: string, shape: string, fill: string): string {
  const width = name === 'more' ? 2.6 : 1.7
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="${fill}" stroke="#000" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"><path d="${shape}"/></svg>`
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`
}
