/** Redis Cluster's hash slots: CRC-16 (XMODEM) of what stands in the braces, of 16,384. */
export const slotsCount = 16_384

export function slotOf(hashTag: string): number {
  let crc = 0
  for (const byte of Buffer.from(hashTag)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
    crc &= 0xffff
  }
  return crc % slotsCount
}
