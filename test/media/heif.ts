/** A HEIF file (ISO/IEC 23008-12) of parts made by hand: what is in it, and where each of its items lies. */
export interface HeifItem {
  readonly type: string
  readonly data: Buffer
  /** In the file's own list instead of beside it. */
  readonly inside?: boolean
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const data = Buffer.concat(parts)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + data.length)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, data])
}
const fullBox = (type: string, version: number, ...parts: Buffer[]) =>
  box(type, Buffer.from([version, 0, 0, 0]), ...parts)
function u16(...values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 2)
  for (const [i, value] of values.entries()) out.writeUInt16BE(value, i * 2)
  return out
}
function u32(value: number): Buffer {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}

export function heif(brand: string, items: readonly HeifItem[]): Buffer {
  const ftyp = box('ftyp', Buffer.from(`${brand}\0\0\0\0mif1${brand}`, 'latin1'))
  const entries = items.map(({ type }, i) =>
    fullBox(
      'infe',
      2,
      u16(i + 1, 0),
      Buffer.from(`${type}\0${type === 'mime' ? 'application/rdf+xml\0' : ''}`, 'latin1'),
    ),
  )
  const iinf = fullBox('iinf', 0, u16(items.length), ...entries)
  const idat = box('idat', ...items.filter(({ inside }) => inside).map(({ data }) => data))
  const metaOf = (beside: number) => {
    let within = 0
    let at = beside
    const places = items.map(({ data, inside }, i) => {
      const from = inside ? within : at
      if (inside) within += data.length
      else at += data.length
      return Buffer.concat([u16(i + 1, inside ? 1 : 0, 0, 1), u32(from), u32(data.length)])
    })
    // Version 1: offsets and lengths of four bytes, no base, no index.
    const iloc = fullBox('iloc', 1, u16(0x4400, items.length), ...places)
    return fullBox('meta', 0, iinf, iloc, idat)
  }
  const beside = ftyp.length + metaOf(0).length + 8
  return Buffer.concat([
    ftyp,
    metaOf(beside),
    box('mdat', ...items.filter(({ inside }) => !inside).map(({ data }) => data)),
  ])
}
