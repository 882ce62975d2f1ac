import { expect, test } from 'bun:test'
import { readReport } from './test-report.ts'

test('a JUnit report is counted by its test cases', () => {
  const report = `<?xml version="1.0"?><testsuites tests="3"><testsuite name="a.test.ts">
    <testcase name="works" classname="a" file="a.test.ts" time="0.1" />
    <testcase name="breaks &gt; 1" classname="a" file="a.test.ts"><failure type="AssertionError" /></testcase>
    <testcase name="real graph" classname="needs &quot;higgs&quot;" file="a.test.ts"><skipped /></testcase>
  </testsuite></testsuites>`
  expect(readReport(report)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 1,
    skippedNames: ['a.test.ts: needs "higgs" real graph'],
  })
})
