/** An import that must be refused, and the rule that has to say so. */
export interface ForbiddenImport {
  rule: string;
  from: string;
  imports: string;
}

/** At least one for each rule of .dependency-cruiser.cjs. */
export const FORBIDDEN_IMPORTS: ForbiddenImport[] = [
  { rule: 'no-cycle', from: 'libs/platform/src/ring-end.ts', imports: './ring.js' },
  { rule: 'lib-only-through-index', from: 'libs/events/src/deep.ts', imports: '../../platform/src/clock.js' },
  { rule: 'lib-only-through-index', from: 'apps/whence/src/deep.ts', imports: '../../../libs/platform/src/clock.js' },
  { rule: 'platform-imports', from: 'libs/platform/src/up.ts', imports: '#libs/geolocation' },
  { rule: 'geolocation-imports', from: 'libs/geolocation/src/up.ts', imports: '#libs/events' },
  { rule: 'geolocation-imports', from: 'libs/geolocation/src/unnamed.ts', imports: '#libs/unnamed' },
  { rule: 'events-imports', from: 'libs/events/src/up.ts', imports: '#libs/health' },
  { rule: 'health-imports', from: 'libs/health/src/aside.ts', imports: '#libs/access' },
  { rule: 'access-imports', from: 'libs/access/src/up.ts', imports: '#libs/events' },
  { rule: 'unnamed-lib-imports', from: 'libs/unnamed/src/any.ts', imports: '#libs/platform' },
  { rule: 'libs-know-no-app', from: 'libs/events/src/app.ts', imports: '../../../apps/whence/src/main.js' },
  { rule: 'apps-apart', from: 'apps/whence/src/aside.ts', imports: '../../geoip-stand-in/src/main.js' },
  { rule: 'apps-apart', from: 'apps/geoip-stand-in/src/aside.ts', imports: '../../whence/src/main.js' },
  { rule: 'apps-apart', from: 'apps/whence/src/page.ts', imports: '../../map/src/main.js' },
  { rule: 'page-knows-http-alone', from: 'apps/map/src/inside.ts', imports: '#libs/platform' },
  { rule: 'page-knows-http-alone', from: 'apps/map/src/built.ts', imports: '../build/compress.js' },
  { rule: 'page-without-node', from: 'apps/map/src/node.ts', imports: 'node:fs' },
  { rule: 'domain-is-plain', from: 'libs/events/src/domain/event.ts', imports: '@nestjs/common' },
  { rule: 'domain-is-plain', from: 'libs/geolocation/src/domain/place.ts', imports: 'bull' },
  { rule: 'no-test-code-in-production', from: 'libs/events/src/double.ts', imports: './testing/fake-clock.js' },
  { rule: 'no-test-code-in-production', from: 'libs/events/src/spec.ts', imports: './submit.spec.js' },
  { rule: 'no-test-code-in-production', from: 'apps/whence/src/test.ts', imports: '../../../test/support/port.js' },
  { rule: 'no-dev-dependency-in-production', from: 'libs/events/src/tool.ts', imports: 'vitest' },
  { rule: 'no-dev-dependency-in-production', from: 'apps/whence/src/reader.ts', imports: 'maxmind' },
  { rule: 'stand-in-dev-dependencies', from: 'apps/geoip-stand-in/src/tool.ts', imports: 'vitest' },
  { rule: 'opentelemetry-by-one-door', from: 'libs/platform/src/tracing/aside.ts', imports: '@opentelemetry/api' },
  { rule: 'opentelemetry-by-one-door', from: 'libs/events/src/span.ts', imports: '@opentelemetry/api' },
  { rule: 'opentelemetry-on-demand', from: 'libs/platform/src/tracing/eager.ts', imports: './open-telemetry.js' },
  { rule: 'no-undeclared-package', from: 'libs/events/src/borrowed.ts', imports: 'undeclared' },
  { rule: 'not-resolvable', from: 'libs/events/src/lost.ts', imports: './missing.js' },
  { rule: 'not-resolvable', from: 'libs/events/src/lost-lib.ts', imports: '#libs/missing' },
];

/** Files with imports that must pass: what the walls are there to leave open. */
export const ALLOWED_IMPORTS: Record<string, string[]> = {
  'libs/platform/src/index.ts': ['./clock.js', '@nestjs/common'],
  'libs/platform/src/clock.ts': [],
  'libs/platform/src/tracing/open-telemetry.ts': ['@opentelemetry/api'],
  // The other half of a cycle, which is reported at one end only.
  'libs/platform/src/ring.ts': ['./ring-end.js'],
  'libs/geolocation/src/index.ts': ['#libs/platform', 'bull'],
  'libs/events/src/index.ts': ['#libs/geolocation', '#libs/platform', './submit/submit.js'],
  'libs/events/src/submit/submit.ts': ['../domain/plain.js'],
  'libs/events/src/domain/plain.ts': ['#libs/geolocation', 'node:crypto'],
  'libs/events/src/testing/fake-clock.ts': ['vitest'],
  'libs/events/src/submit.spec.ts': ['vitest', './testing/fake-clock.js', './submit/submit.js'],
  'libs/health/src/index.ts': ['#libs/geolocation', '#libs/events', '#libs/platform'],
  'libs/health/src/health.spec.ts': ['../../events/src/testing/fake-clock.js'],
  'libs/access/src/index.ts': ['#libs/platform', '#libs/geolocation'],
  'libs/unnamed/src/index.ts': [],
  'apps/whence/src/main.ts': ['#libs/events', '#libs/health', '#libs/access', '#libs/platform'],
  'apps/geoip-stand-in/src/main.ts': ['maxmind'],
  'apps/map/src/main.ts': ['vitest'],
  'apps/map/build/compress.ts': ['node:fs'],
  'test/support/port.ts': [],
};
