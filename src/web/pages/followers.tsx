import type { PageProps } from '../routes.ts'
import { Connections } from '../ui/connections.tsx'

export default function Followers({ handle }: PageProps) {
  return <Connections handle={handle} which="followers" />
}
