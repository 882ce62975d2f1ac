import { useEffect } from 'preact/hooks'
import type { Installation } from '../../sdk/index.ts'
import { Chart } from '../admin/chart.tsx'
import { board, installation, problem, watch } from '../admin/looks.ts'
import { show } from '../admin/show.ts'
import { me } from '../state/session.ts'
import { Page } from '../ui/page.tsx'
import { EmptyState, ErrorNote, Skeleton } from '../ui/states.tsx'
import { fileSize, number, t, type Word } from '../words/index.ts'

/** What goes on, for who runs the installation: every process of it, as `/metrics` has it. */
export default function Admin() {
  return (
    <Page title={t('admin')}>
      {me.value!.role === 'admin' ? (
        <Operations />
      ) : (
        <EmptyState icon="chart" title={t('forAdmins')}>
          <p>{t('forModeratorsMore')}</p>
        </EmptyState>
      )}
    </Page>
  )
}

function Operations() {
  useEffect(() => watch(), [])
  const { times, charts } = board.value
  const there = installation.value
  return (
    <>
      {problem.value !== undefined && <ErrorNote error={problem.value} />}
      {there === undefined && problem.value === undefined && <Skeleton />}
      {there && (
        <div class="admin">
          {charts.length === 0 ? (
            <Skeleton rows={3} />
          ) : (
            <div class="charts">
              {charts.map(({ title, unit, lines }) => (
                <Chart
                  key={title}
                  title={t(title)}
                  times={times}
                  lines={lines.map(({ key, values }) => ({ label: labelOf(key), values }))}
                  show={(value) => show(value, unit)}
                />
              ))}
            </div>
          )}
          <HotAuthors authors={there.hotAuthors} />
          <Processes instances={there.instances} />
          {there.engines && <Engines {...there.engines} />}
        </div>
      )}
    </>
  )
}

const labelOf = (key: string) => (key.startsWith(':') ? key.slice(1) : t(key as Word))

function HotAuthors({ authors }: { authors: Installation['hotAuthors'] }) {
  return (
    <section>
      <h2>{t('adminHot')}</h2>
      {authors.length === 0 ? (
        <p class="faint">{t('adminHotNone')}</p>
      ) : (
        <ul>
          {authors.map(({ author, messages }) => (
            <li key={author.id}>
              <a href={`/@${author.handle}`}>
                <bdi>{author.name || author.handle}</bdi> <bdi class="card-handle">@{author.handle}</bdi>
              </a>{' '}
              {t('adminHotMessages', { count: messages })}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Table({ title, head, rows }: { title: Word; head: readonly Word[]; rows: readonly (readonly string[])[] }) {
  return (
    <section>
      <h2 id={title}>{labelOf(title)}</h2>
      <div class="table-wide">
        <table aria-labelledby={title}>
          <thead>
            <tr>
              {head.map((word) => (
                <th key={word} scope="col">
                  {labelOf(word)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells) => (
              <tr key={cells[0]}>
                {cells.map((cell, i) => (
                  <td key={head[i]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Processes({ instances }: Pick<Installation, 'instances'>) {
  return (
    <Table
      title="adminProcesses"
      head={['adminNode', 'adminAddress', 'adminRoles']}
      rows={instances.map(({ node, address, roles, self }) => [
        self ? t('adminSelf', { node }) : number(node),
        address || '–',
        roles.length === 0 ? t('adminAllRoles') : roles.join(', '),
      ])}
    />
  )
}

const state = (up: boolean) => t(up ? 'adminUp' : 'adminDown')

function Engines({ cassandra, redis, streams }: NonNullable<Installation['engines']>) {
  return (
    <>
      <Table
        title="adminRing"
        head={['adminAddress', 'adminState', 'adminShare', 'adminVersion']}
        rows={cassandra.map(({ address, up, ringShare, version }) => [
          address,
          state(up),
          show(ringShare, 'share'),
          version,
        ])}
      />
      <Table
        title="adminRedis"
        head={['adminAddress', 'adminState', 'adminData', 'adminVersion']}
        rows={redis.map(({ address, up, usedBytes, version }) => [
          address,
          state(up),
          usedBytes === undefined ? '–' : fileSize(usedBytes),
          version ?? '–',
        ])}
      />
      {streams ? (
        <Table
          title="adminStreams"
          head={['adminName', 'adminMessages', 'adminData', 'adminLeader', 'adminReplicas']}
          rows={streams.map(({ name, messages, bytes, leader, replicas, current }) => [
            name,
            number(messages),
            fileSize(bytes),
            leader ?? '–',
            t('adminCurrent', { current, replicas }),
          ])}
        />
      ) : (
        <p role="alert">{t('adminNoStreams')}</p>
      )}
    </>
  )
}
