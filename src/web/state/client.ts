import { Rookery } from '../../sdk/index.ts'

/** The server that these pages came from, as whoever its cookie names: no script ever holds the token. */
export const rookery = new Rookery({ url: location.origin })
