/**
 * The gateways in the presence of one reader: a line each, `UNTIL NAME`, with the moment (Unix ms) until which it counts.
 */
export function gatewaysIn(presence: string, now: number): string[] {
  const gateways: string[] = []
  for (const line of presence.split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0 && Number(line.slice(0, space)) > now) gateways.push(line.slice(space + 1))
  }
  return gateways
}
