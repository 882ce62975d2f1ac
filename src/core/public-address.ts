/** Special-purpose blocks of IPv4 (IANA's registry of them, and multicast): first address and length of the prefix. */
const special4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** Blocks of 2000::/3 that are no global unicast: protocols (Teredo among them), documentation, 6to4, documentation. */
const special6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/**
 * Whether an address is one of the public internet: neither private, loopback, link-local, shared (CGNAT), multicast,
 * unspecified nor reserved. Of IPv6 that is global unicast alone, without what carries an IPv4 address (mapped, 6to4, Teredo);
 * one of NAT64 is as public as the IPv4 address in it. False for whatever is no address in its usual form.
 */
export function isPublicAddress(address: string): boolean {
  const four = ipv4(address)
  if (four !== undefined) return !special4.some(([first, length]) => within(four, 32, ipv4(first)!, length))
  const six = ipv6(address)
  if (six === undefined) return false
  if (within(six, 128, ipv6('64:ff9b::')!, 96)) return isPublicAddress(dotted(six & 0xffff_ffffn))
  if (!within(six, 128, ipv6('2000::')!, 3)) return false
  return !special6.some(([first, length]) => within(six, 128, ipv6(first)!, length))
}

/** Whether it is an address at all, so that nothing is looked up. */
export function isAddress(host: string): boolean {
  return ipv4(host) !== undefined || ipv6(host) !== undefined
}

function within(address: bigint, bits: number, first: bigint, length: number): boolean {
  const rest = BigInt(bits - length)
  return address >> rest === first >> rest
}

function ipv4(text: string): bigint | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  const bytes = text.split('.').map(Number)
  return bytes.some((byte) => byte > 255) ? undefined : bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
}

function dotted(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join('.')
}

/** RFC 4291, 2.2; without a zone, which only link-local addresses have. */
function ipv6(text: string): bigint | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const four = tail && ipv4(tail[2]!)
  if (tail && four === undefined) return undefined
  const plain = tail ? `${tail[1]}${(four! >> 16n).toString(16)}:${(four! & 0xffffn).toString(16)}` : text
  const halves = plain.split('::').map((half) => (half === '' ? [] : half.split(':')))
  if (!plain.includes(':') || halves.length > 2) return undefined
  const [before, after = []] = halves as [string[], string[]?]
  const missing = 8 - before.length - after.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...before, ...Array<string>(missing).fill('0'), ...after]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return groups.reduce((sum, group) => sum * 65_536n + BigInt(Number.parseInt(group, 16)), 0n)
}
