import project from '../../../package.json' with { type: 'json' }

/** What both documents say of themselves. */
export const about = {
  title: 'Rookery',
  version: project.version,
  license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
}
