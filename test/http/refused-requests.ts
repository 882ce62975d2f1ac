import { bad, type Case, json, raw } from './refusals.ts'

/** Queries, paths and tokens that no server takes, and how each is refused; `ada` asks. */
export const reading: Case[] = [
  ...['0', '101', '-1', '1.5', '05', '1e1', 'ten', '', '%31%30%31', '99999999999999999999'].map(
    (length): Case => bad(`length=${length}`, `GET /fetch?length=${length}`, [422, 'invalid', 'length']),
  ),
  bad('length without a value', 'GET /fetch?length', [422, 'invalid', 'length']),
  bad('a length whose name is percent-encoded', 'GET /fetch?le%6Egth=0', [422, 'invalid', 'length']),
  bad('length twice', 'GET /fetch?length=5&length=6', [422, 'invalid', 'length']),
  bad('a negative preview', 'GET /fetch?preview=-1', [422, 'invalid', 'preview']),
  bad('a preview in words', 'GET /fetch?preview=all', [422, 'invalid', 'preview']),
  bad('a made-up cursor', 'GET /fetch?since=1.2.3', [422, 'invalid', 'since']),
  bad('an empty cursor', 'GET /fetch?since=', [422, 'invalid', 'since']),
  bad('a cursor of 10 KB', `GET /fetch?since=${'1.'.repeat(5_000)}`, [422, 'invalid', 'since']),
  bad('a cursor that is not UTF-8', 'GET /fetch?since=%FF', [422, 'invalid', 'since']),
  bad('since with before', 'GET /fetch?since=1.2.3&before=5', [422, 'invalid', 'before']),
  bad('a before that is no id', 'GET /fetch?before=abc', [422, 'invalid', 'before']),
  bad('a before of zero', 'GET /fetch?before=0', [422, 'invalid', 'before']),
  bad('another’s timeline', 'GET /fetch?userID=1', [403, 'not_yours', 'userID']),
  bad('a malformed userID', 'GET /fetch?userID=me', [422, 'invalid', 'userID']),
  bad('a search without a query', 'GET /users', [422, 'invalid', 'query']),
  bad('an empty query', 'GET /users?query=', [422, 'invalid', 'query']),
  bad('a query with a control character', 'GET /users?query=a%00', [422, 'invalid', 'query']),
  bad('a query that is not UTF-8', 'GET /users?query=%C3%28', [422, 'invalid', 'query']),
  bad('a made-up next', 'GET /users?query=a&before=zz.b', [422, 'invalid', 'before']),
  bad('a list’s length', 'GET /users/1/followers?length=1000', [422, 'invalid', 'length']),
  bad('a made-up page of likes', 'GET /messages/1/likes?before=1', [422, 'invalid', 'before']),
]

export const paths: Case[] = [
  ...[
    '-1',
    '0',
    '01',
    '1.5',
    'abc',
    '9007199254740992',
    '99999999999999999999',
    '1%20',
    '%FF',
    '%zz',
    '1e3',
    '＋1',
  ].map((id): Case => bad(`the id ${id}`, `GET /messages/${id}`, [422, 'invalid', 'id'])),
  bad('the id of a user', 'GET /users/x1', [422, 'invalid', 'id']),
  bad('following a malformed id', 'PUT /users/me/follow', [422, 'invalid', 'id']),
  bad('liking a malformed id', 'PUT /messages/-5/like', [422, 'invalid', 'id']),
  bad('nobody', 'GET /users/12345', [404, 'no_such_user']),
  bad('nobody’s handle', 'GET /users/@nobody', [404, 'no_such_user']),
  bad('a handle with a control character', 'GET /users/@a%C2%85', [422, 'invalid', 'handle']),
  bad('a handle nobody can have', 'GET /users/@no-body', [404, 'no_such_user']),
  bad('nobody’s messages', 'GET /users/12345/messages', [404, 'no_such_user']),
  bad('nobody’s followers', 'GET /users/12345/followers', [404, 'no_such_user']),
  bad('following nobody', 'PUT /users/12345/follow', [404, 'no_such_user']),
  bad('a message that is not there', 'GET /messages/12345', [404, 'no_such_message', 'id']),
  bad('liking what is not there', 'PUT /messages/12345/like', [404, 'no_such_message', 'id']),
  bad('deleting what is not there', 'DELETE /messages/12345', [404, 'no_such_message', 'id']),
  bad('an unknown path', 'GET /nothing/here', [404, 'not_found']),
  bad('a path with a slash too many', 'GET /users/', [404, 'not_found']),
  bad('a path that is in the table only with its parameter', 'GET /users/:id', [422, 'invalid', 'id']),
  bad('a path that only begins like one', 'GET /fetching', [404, 'not_found']),
  bad('a wrong method', 'DELETE /fetch', [405, 'method_not_allowed']),
  bad('a method nobody has', 'PROPFIND /users/me', [405, 'method_not_allowed']),
]

/** Things of others, and of nobody any more. The words stand for what `othersThings` made. */
export const others: Case[] = [
  bad('another’s timeline', 'GET /fetch?userID={benId}', [403, 'not_yours', 'userID']),
  bad('another’s cursor', 'GET /fetch?since={bensCursor}', [410, 'cursor_expired']),
  bad('a cursor cut short', 'GET /fetch?since={bensCursor}x', [422, 'invalid', 'since']),
  bad('another list’s next', 'GET /users/{benId}/followers?before={bensNext}', [422, 'invalid', 'before']),
  bad(
    'another’s name on a message',
    'POST /send',
    [403, 'not_yours', 'userID'],
    json({ text: 'a', userID: '{benId}' }),
  ),
  bad('deleting another’s message', 'DELETE /messages/{bensMessage}', [403, 'not_yours', 'id']),
  bad('reading what was deleted', 'GET /messages/{gone}', [404, 'no_such_message', 'id']),
  bad('liking what was deleted', 'PUT /messages/{gone}/like', [404, 'no_such_message', 'id']),
  bad('who likes what was deleted', 'GET /messages/{gone}/likes', [404, 'no_such_message', 'id']),
  bad('following oneself', 'PUT /users/{adaId}/follow', [422, 'self_follow', 'id']),
  bad('muting oneself', 'PUT /users/{adaId}/mute', [422, 'invalid', 'id']),
  bad('blocking oneself', 'PUT /users/{adaId}/block', [422, 'invalid', 'id']),
  bad('a message’s id for a user', 'GET /users/{bensMessage}', [404, 'no_such_user']),
  bad('a user’s id for a message', 'GET /messages/{benId}', [404, 'no_such_message', 'id']),
]

export const tokens: Case[] = [
  ...(['/users/me', '/fetch', '/users/1', '/messages/1', '/users?query=a'] as const).map(
    (path): Case => bad(`no token at ${path}`, `GET ${path}`, [401, 'unauthorized'], { anonymous: true }),
  ),
  bad('a made-up token', 'GET /fetch', [401, 'unauthorized'], { ...{ token: 'x'.repeat(43) }, anonymous: true }),
  bad('a short token', 'GET /fetch', [401, 'unauthorized'], { ...{ token: 'x' }, anonymous: true }),
  bad('a token of 8 KB', 'GET /fetch', [401, 'unauthorized'], { ...{ token: 'x'.repeat(8_000) }, anonymous: true }),
  bad('another scheme', 'GET /fetch', [401, 'unauthorized'], {
    ...{ headers: { authorization: 'Basic YTpi' } },
    anonymous: true,
  }),
  bad('a token before a body is looked at', 'POST /send', [401, 'unauthorized'], {
    ...raw('nonsense'),
    anonymous: true,
  }),
]
