const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~'

/** The average colour of what a blurhash stands for (its DC component: blurha.sh); undefined where it is none. */
export function averageColor(blurhash: string | undefined): string | undefined {
  const dc = [...(blurhash?.slice(2, 6) ?? '')].map((digit) => digits.indexOf(digit))
  if (dc.length < 4 || dc.includes(-1)) return undefined
  const value = dc.reduce((sum, digit) => sum * 83 + digit, 0)
  return `#${(value & 0xffffff).toString(16).padStart(6, '0')}`
}
