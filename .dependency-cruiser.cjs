'use strict';

/**
 * The walls of the monolith: who may import whom. test/walls/ proves that each of these rules bites.
 * A lib that is not named here may be imported by no lib and may import none.
 */
const LIBS_A_LIB_MAY_IMPORT = {
  platform: [],
  geolocation: ['platform'],
  events: ['geolocation', 'platform'],
  health: ['geolocation', 'events', 'platform'],
  access: ['platform', 'geolocation'],
};

/** Frameworks and drivers: what a domain must be able to do without. */
const INFRASTRUCTURE = '(^|/)node_modules/(@nestjs|typeorm|bull|bullmq|ioredis|undici|mysql2|libsql|fastify|maxmind)/';

const TEST_CODE = '(\\.spec\\.ts$|^(apps|libs)/.*/testing/|^test/)';

/** The stand-in is a development tool, so its packages are not installed in production. */
const STAND_IN = '^apps/geoip-stand-in/';

/** The page runs in browsers. What it is made of is bundled, so its packages are not installed in production either. */
const PAGE = '^apps/map/';
const PAGE_BUILD = '^apps/map/(build/|vite\\.config\\.ts$)';
/** Made while the page is built. */
const VIRTUAL = '^world:';
const STAND_IN_PACKAGES = '(^|/)node_modules/(maxmind|mmdb-lib|@ip-location-db/[^/]+)/';

/** The SDK is behind these two, whose only way in is an `import()`. */
const TRACING_THAT_IS_ON = '^libs/platform/src/tracing/(open-telemetry(-tracer)?|watched-exporter)\\.ts$';

const named = Object.keys(LIBS_A_LIB_MAY_IMPORT).join('|');

const libWalls = Object.entries(LIBS_A_LIB_MAY_IMPORT).map(([lib, others]) => ({
  name: `${lib}-imports`,
  comment: `${lib} may import ${others.join(' and ') || 'no other lib'}.`,
  severity: 'error',
  from: { path: `^libs/${lib}/` },
  to: { path: '^libs/', pathNot: `^libs/(${[lib, ...others].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Modules in a circle cannot be understood, tested or loaded one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'lib-only-through-index',
      comment: "A lib's index.ts is its contract; the rest may change freely. Doubles in testing/ are open to tests.",
      severity: 'error',
      from: { path: '^((?:apps|libs)/[^/]+)/' },
      to: { path: '^libs/', pathNot: ['^$1/', '^libs/[^/]+/src/index\\.ts$', '^libs/.*/testing/'] },
    },
    ...libWalls,
    {
      name: 'unnamed-lib-imports',
      comment: 'A new lib starts with no rights: name it above, with what it may import.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/', pathNot: `^libs/(${named})/` },
      to: { path: '^libs/', pathNot: '^libs/$1/' },
    },
    {
      name: 'libs-know-no-app',
      comment: 'Apps compose libs; a lib that knows an app cannot be used by another.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-apart',
      comment: 'The stand-in plays a foreign service: sharing code with it would hide what goes over the wire.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'page-knows-http-alone',
      comment:
        'The page runs in browsers and calls the API as any client does: it has nothing of the service, or of Node.',
      severity: 'error',
      from: { path: PAGE, pathNot: [TEST_CODE, PAGE_BUILD] },
      to: { path: ['^libs/', PAGE_BUILD] },
    },
    {
      name: 'page-without-node',
      comment: 'Browsers have no modules of Node.',
      severity: 'error',
      from: { path: PAGE, pathNot: [TEST_CODE, PAGE_BUILD] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'domain-is-plain',
      comment: 'domain/ holds rules, not plumbing: no framework, driver or client.',
      severity: 'error',
      from: { path: '^libs/.*/domain/' },
      to: { path: INFRASTRUCTURE },
    },
    {
      name: 'no-test-code-in-production',
      comment: 'Doubles and specs are not built: what imports them does not start.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TEST_CODE },
      to: { path: TEST_CODE },
    },
    {
      name: 'no-dev-dependency-in-production',
      comment: 'A production install leaves devDependencies out.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [TEST_CODE, STAND_IN, PAGE] },
      to: { dependencyTypes: ['npm-dev'], pathNot: '(^|/)node_modules/@types/' },
    },
    {
      name: 'stand-in-dev-dependencies',
      comment: 'The stand-in may use its database reader and data, but no other devDependency.',
      severity: 'error',
      from: { path: STAND_IN, pathNot: TEST_CODE },
      to: { dependencyTypes: ['npm-dev'], pathNot: ['(^|/)node_modules/@types/', STAND_IN_PACKAGES] },
    },
    {
      name: 'opentelemetry-by-one-door',
      comment: 'Everything else speaks of spans by #libs/platform; of OpenTelemetry itself it may know types.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [TEST_CODE, TRACING_THAT_IS_ON] },
      to: { path: '(^|/)node_modules/@opentelemetry/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'opentelemetry-on-demand',
      comment: 'A process that does not trace must not load what it takes to trace.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [TEST_CODE, TRACING_THAT_IS_ON] },
      to: { path: TRACING_THAT_IS_ON, dynamic: false },
    },
    {
      name: 'no-undeclared-package',
      comment: 'A package that only a dependency brings along is gone with its next version: declare it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'not-resolvable',
      comment: 'An import that resolves to nothing would pass every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: VIRTUAL },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    // Types count: a type-only import couples as well.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      // `#libs/NAME` leads to libs/NAME/src/index.ts under this condition, as for tsc and vitest.
      conditionNames: ['mono-source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
