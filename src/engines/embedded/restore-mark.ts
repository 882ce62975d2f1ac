/** A file of this name stands in a data folder from the first byte of a restore to its last. */
export const restoreMark = 'restoring'

/** In the folder stands half of a backup. The message is one sentence for the person who started this program. */
export class RestoreUnfinished extends Error {
  override readonly name = 'RestoreUnfinished'

  constructor(folder: string) {
    super(
      `The data folder ${folder} is not whole, for a restore into it was interrupted: \`rookery restore DIR --data ${folder}\` begins it anew.`,
    )
  }
}
