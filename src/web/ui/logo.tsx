/** The rook, as public/icon.svg has it. */
export function Logo({ size = 40 }: { size?: number }) {
  return (
    <svg class="logo" width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
      <rect width="64" height="64" rx="15" fill="var(--brand)" />
      <path
        fill="#fff"
        d="M14 47c0-16 8-30 23-31 5 0 9 3 10.500 7l7 3.500-7.200 2.500c-.3 10.500-7.800 18-18.300 18H25l-4 5h-4l2.500-5z"
      />
      <circle cx="40.500" cy="23.500" r="2.200" fill="var(--brand)" />
      <path fill="none" stroke="var(--brand)" stroke-width="2.400" stroke-linecap="round" d="M22 40c5 1 11-1 14-6" />
    </svg>
  )
}
