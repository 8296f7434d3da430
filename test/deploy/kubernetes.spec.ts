import { describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/platform';
import {
  apiPaths,
  clientPaths,
  filesIn,
  type Mapping,
  OPERATOR_PATHS,
  sdkVariables,
  settingNames,
  textOf,
  yamlOf,
} from './files.js';
import {
  BASE,
  kustomization,
  manifests,
  ofKind,
  selected,
  settingsOf,
  sharedSettings,
  workloads,
} from './kubernetes.js';
import { manifestFaults } from './kubernetes-schema.js';

const OVERLAY = 'deploy/kubernetes/overlays/production';
const SECRETS = {
  DATABASE_URL: 'mysql://whence:secret@db/whence?ssl=true',
  REDIS_URL: 'rediss://:secret@redis:6379',
  GEOIP_URL: 'http://geoip-api/{ip}',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20token',
};

const named = manifests().map((manifest) => ({ what: `${manifest.kind} ${manifest.metadata.name}`, manifest }));
const deployments = workloads();
/** What a JSON pointer leads to. */
function partOf(manifest: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((part, key) => (part as Mapping)[key], manifest);
}

describe('the manifests', () => {
  it.each(named)('are what Kubernetes takes: $what', ({ manifest }) => {
    expect(manifestFaults(manifest)).toEqual([]);
  });

  it('are what Kubernetes takes, in the overlay too', () => {
    expect(yamlOf(`${OVERLAY}/namespace.yaml`).flatMap(manifestFaults)).toEqual([]);
    // A patch may leave out whatever stays as it is.
    const faults = yamlOf(`${OVERLAY}/api-size.yaml`).flatMap(manifestFaults);
    expect(faults.filter((fault) => !fault.includes('required'))).toEqual([]);
  });

  it('would be found wrong with a field that is misspelt, missing, or of the wrong type', () => {
    const [deployment] = structuredClone(deployments) as unknown as [
      { spec: Mapping & { template: { spec: Mapping } } },
    ];
    const { template } = deployment.spec;
    template.spec.terminationGracePeriod = 35;
    deployment.spec.replicas = '2';
    delete deployment.spec.selector;
    expect(manifestFaults(deployment as unknown as Mapping)).toEqual([
      '/spec: required {"missingProperty":"selector"}',
      expect.stringMatching(/^\/spec\/replicas: type /),
      '/spec/template/spec/terminationGracePeriod: no such field',
    ]);
  });

  it('have a name of their own each', () => {
    expect(new Set(named.map(({ what }) => what)).size).toBe(named.length);
  });
});

describe('kustomize', () => {
  it('is told of each file of the base, and of none that there is not', () => {
    const { resources, configMapGenerator = [] } = kustomization(BASE);
    const told = [...resources, ...configMapGenerator.flatMap(({ envs }) => envs), 'kustomization.yaml'];
    expect(told.sort()).toEqual(filesIn(BASE));
  });

  it('is told of each file of the overlay, which changes what there is in the base', () => {
    const { resources, patches = [], images = [] } = kustomization(OVERLAY);
    const told = [...resources, ...patches.map(({ path }) => path), 'kustomization.yaml'];
    expect(told.filter((path) => path !== '../../base').sort()).toEqual(filesIn(OVERLAY));
    expect(resources).toContain('../../base');
    expect(images.map(({ name }) => name)).toEqual(['whence']);
    for (const { path, target } of patches) {
      const patched = target?.kind ?? (yamlOf(`${OVERLAY}/${path}`)[0] as { kind: string }).kind;
      expect(ofKind(patched)).not.toEqual([]);
    }
  });
});

describe.each(workloads().map((workload) => ({ workload, name: workload.metadata.name })))('$name', ({ workload }) => {
  const { spec } = workload.spec.template;
  const [container] = spec.containers;

  it('has settings that there are, which a start accepts', () => {
    const settings = settingsOf(workload, SECRETS);
    expect([...settingNames(), ...sdkVariables()]).toEqual(expect.arrayContaining(Object.keys(settings)));
    expect(loadSettings(settings)).toMatchObject({ database: { kind: 'mysql', url: SECRETS.DATABASE_URL } });
  });

  it('has the address of a collector and the token for it where the Secret has them', () => {
    expect(settingsOf(workload, SECRETS)).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: SECRETS.OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: SECRETS.OTEL_EXPORTER_OTLP_HEADERS,
    });
  });

  it('refers to what there is', () => {
    const [generator] = kustomization(BASE).configMapGenerator ?? [];
    for (const { configMapRef } of container.envFrom ?? []) expect(configMapRef.name).toBe(generator?.name);
    for (const { valueFrom } of [...container.env, ...spec.initContainers[0].env]) {
      if (valueFrom !== undefined) expect(valueFrom.secretKeyRef.name).toBe('whence-connections');
    }
    expect(ofKind('ServiceAccount').map(({ metadata }) => metadata.name)).toContain(spec.serviceAccountName);
  });

  it('may do as little as can be, and write nowhere', () => {
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext, resources } of [container, ...spec.initContainers]) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(resources.limits).toHaveProperty('memory');
      expect(resources.requests).toHaveProperty('memory');
    }
  });

  it('brings the schema up to date before anything looks whether it lives', () => {
    const [migration] = spec.initContainers;
    expect([migration.image, migration.args]).toEqual([container.image, ['dist/apps/whence/src/cli.js', 'migrate']]);
    expect(loadSettings(settingsOf(workload, SECRETS, migration))).toMatchObject({ database: { kind: 'mysql' } });
  });
});

describe.each(deployments.map((deployment) => ({ deployment, name: deployment.metadata.name })))(
  '$name',
  ({ deployment }) => {
    const { spec } = deployment.spec.template;
    const [container] = spec.containers;

    it('selects its own pods and no others', () => {
      const labels = deployment.spec.selector?.matchLabels ?? {};
      expect(deployment.spec.template.metadata.labels).toMatchObject(labels);
      expect(selected(labels)).toBe(1);
    });

    it('is asked what there is, on a port that it has', () => {
      const { startupProbe, livenessProbe, readinessProbe } = container;
      expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
        '/health/live',
        '/health/live',
        '/health/ready',
      ]);
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
        expect(apiPaths()).toContain(httpGet.path);
        expect(container.ports?.map(({ name }) => name)).toContain(httpGet.port);
      }
      expect(container.ports?.[0]?.containerPort).toBe(Number(sharedSettings().PORT));
    });

    it('may wait for the database before it has to live', () => {
      const { periodSeconds, failureThreshold } = container.startupProbe;
      // Ten attempts to connect, of 5 s and a pause of 1 s each, and a minute for the lock, should another migrate again.
      expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(10 * (5 + 1) + 60);
    });

    it('has the time that it takes to stop', () => {
      const [program, pauseSeconds] = container.lifecycle.preStop.exec.command;
      expect(program).toBe('sleep');
      const graceSeconds = Number(sharedSettings().SHUTDOWN_GRACE_MS) / 1000;
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Number(pauseSeconds) + graceSeconds + 5);
    });
  },
);

describe('what belongs to the deployments', () => {
  it('disturbs one process of each at a time', () => {
    const budgets = ofKind('PodDisruptionBudget').map(({ spec }) => spec as Record<string, never>);
    expect(budgets.map(({ maxUnavailable }) => maxUnavailable)).toEqual([1, 1]);
    const labels = budgets.map(({ selector }) => (selector as { matchLabels: Record<string, string> }).matchLabels);
    expect(labels.map(selected)).toEqual([1, 1]);
    expect(new Set(labels.map((one) => JSON.stringify(one))).size).toBe(2);
  });

  it('scales a deployment that there is, and that leaves its number open', () => {
    const [autoscaler] = ofKind('HorizontalPodAutoscaler');
    const { scaleTargetRef } = autoscaler?.spec as { scaleTargetRef: { kind: string; name: string } };
    const scaled = deployments.find(({ metadata }) => metadata.name === scaleTargetRef.name);
    expect(scaled?.spec.template.spec.containers[0].resources.requests).toHaveProperty('cpu');
    expect(scaled?.spec.replicas).toBeUndefined();
  });

  it('lets traffic to pods that there are, on ports that they have', () => {
    const [service] = ofKind('Service');
    const { selector, ports } = service?.spec as { selector: Record<string, string>; ports: { targetPort: string }[] };
    expect(selected(selector)).toBe(1);
    expect(ports.map(({ targetPort }) => targetPort)).toEqual(['http']);
    for (const { spec } of ofKind('NetworkPolicy')) {
      const { podSelector } = spec as { podSelector: { matchLabels: Record<string, string> } };
      expect(selected(podSelector.matchLabels)).toBeGreaterThan(0);
    }
  });
});

describe('what workers may reach', () => {
  it('is a Geolocation API within the cluster too: some networks take no pod for an address', () => {
    const policy = ofKind('NetworkPolicy').find(({ metadata }) => metadata.name === 'whence-worker-outgoing');
    const [{ to }] = (policy?.spec as { egress: [{ to: Mapping[] }] }).egress;
    expect(to).toContainEqual({ namespaceSelector: {} });
    const addresses = to.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [(ipBlock as { cidr: string }).cidr]));
    expect(addresses).toEqual(['0.0.0.0/0', '::/0']);
  });
});

describe('the patch in docs/deploy.md for fetching that goes on without a database that can be written to', () => {
  it('has the readiness of api pods ask what liveness asks', () => {
    const [, name = '', path = '', value] =
      /kind: Deployment\n +name: (whence-[\w-]+)[^`]*?path: (\S*readinessProbe\S+)\n +value: (\S+)/.exec(
        textOf('docs/deploy.md'),
      ) ?? [];
    const deployment = ofKind('Deployment').find(({ metadata }) => metadata.name === name);
    expect(name).toBe('whence-api');
    expect([partOf(deployment, path), value]).toEqual(['/health/ready', '/health/live']);
  });
});

describe('the patch in docs/deploy.md for a collector on another port', () => {
  it('adds to the ports of the policy that has the one of collectors', () => {
    const [, name, path] =
      /name: (whence-[\w-]+)[^`]*?path: (\/spec\/egress\/\S+)\/-/.exec(textOf('docs/deploy.md')) ?? [];
    const policy = ofKind('NetworkPolicy').find(({ metadata }) => metadata.name === name);
    expect(partOf(policy, path ?? '')).toContainEqual({ protocol: 'TCP', port: 4318 });
  });
});

describe('the Ingress', () => {
  interface Rules {
    readonly rules: {
      http: {
        paths: { path: string; pathType: string; backend: { service: { name: string; port: { name: string } } } }[];
      };
    }[];
  }
  const pathsOf = (name: string) => {
    const ingress = ofKind('Ingress').find(({ metadata }) => metadata.name === name);
    return (ingress?.spec as Rules).rules.flatMap(({ http }) => http.paths);
  };
  const covers = (rule: { path: string; pathType: string }, path: string) =>
    path === rule.path || (rule.pathType === 'Prefix' && path.startsWith(`${rule.path}/`));

  it('lets clients reach every call of theirs, and nothing that is for those who run Whence', () => {
    const rules = pathsOf('whence');
    const open = (path: string) => rules.some((rule) => covers(rule, path));
    expect(clientPaths().filter((path) => !open(path))).toEqual([]);
    expect([...OPERATOR_PATHS, '/nothing'].filter(open)).toEqual([]);
  });

  it('has rules of their own for the calls that stream', () => {
    const paths = pathsOf('whence-streams').map(({ path }) => path);
    expect(paths).toEqual(['/event/stream', '/event/export']);
    expect(apiPaths()).toEqual(expect.arrayContaining(paths));
  });

  it('leads to a port of a service that there is', () => {
    const [service] = ofKind('Service');
    for (const { backend } of [...pathsOf('whence'), ...pathsOf('whence-streams')]) {
      expect(backend.service.name).toBe(service?.metadata.name);
      expect((service?.spec as { ports: { name: string }[] }).ports.map(({ name }) => name)).toContain(
        backend.service.port.name,
      );
    }
  });
});
