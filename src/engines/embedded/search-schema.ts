/**
 * Which messages hold a word: an index of FTS5 without texts, places or lengths, since all that is asked is which ids, newest
 * first. It is given words as core/words.ts makes them, and takes them apart at spaces alone; so all engines find the same.
 * Beside its own words each message has three that name its stretches of time (search-times.ts).
 * What is taken out must be given as it was put in: whoever changes those words empties this table and takes `searched_to`
 * and `searched_from` out of `meta`, and all messages are indexed again.
 */
export const searchSchema = `
  CREATE VIRTUAL TABLE words USING fts5(
    text, content='', detail=none, columnsize=0, tokenize="ascii tokenchars '#_@'"
  );
`
