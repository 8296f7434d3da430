import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { fastifyOptions, loadSettings } from '#libs/platform';
import type { Resource } from './cloudformation.js';
import { connections, containerOf, properties, settingsOf, template } from './cloudformation-settings.js';
import { templateFaults } from './cloudformation-schema.js';
import { apiPaths, clientPaths, type Mapping, OPERATOR_PATHS, sdkVariables, settingNames } from './files.js';

const { Resources } = template;

function attribute(resource: string, list: string, key: string): string | undefined {
  return properties<Record<string, { Key: string; Value: string }[]>>(resource)[list]?.find(({ Key }) => Key === key)
    ?.Value;
}

const graceSeconds = (task: string) => Number(settingsOf(task).SHUTDOWN_GRACE_MS) / 1000;

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => from + place);

describe('deploy/aws/whence.yaml', () => {
  it('is what CloudFormation takes, and refers to what there is', () => {
    expect(templateFaults(template)).toEqual([]);
  });

  it('would be found wrong with a condition that there is not, or that nobody asks for', () => {
    const wrong = structuredClone(template) as unknown as { Conditions: Mapping };
    wrong.Conditions = { HasMigrationImages: wrong.Conditions.HasMigrationImage };
    expect(templateFaults(wrong as unknown as typeof template)).toEqual([
      'there is no condition HasMigrationImage',
      'the condition HasMigrationImages is not used',
    ]);
  });

  it('would be found wrong with what is misspelt, missing, of the wrong type, or not there', () => {
    const wrong = structuredClone(template) as { Resources: Record<string, Resource & { Properties: Mapping }> };
    Object.assign(wrong.Resources.ApiService?.Properties ?? {}, { LaunchTyp: 'FARGATE', DesiredCount: 'two' });
    Object.assign(wrong.Resources.Cache?.Properties ?? {}, { SecurityGroupIds: [{ Ref: 'Nobody' }] });
    delete (wrong.Resources.DatabaseSubnets?.Properties as { SubnetIds?: unknown }).SubnetIds;
    Object.assign(wrong.Resources.Listener?.Properties ?? {}, {
      LoadBalancerArn: { 'Fn::GetAtt': 'LoadBalancer.Arm' },
    });
    expect(templateFaults(wrong as unknown as typeof template).sort()).toEqual([
      'ApiService.DesiredCount: expected integer, found "two"',
      'ApiService: there is no LaunchTyp',
      'DatabaseSubnets: SubnetIds is missing',
      'there is no LoadBalancer.Arm',
      'there is no Nobody',
    ]);
  });

  it('names what has to be named to delete it, and a version of the database that RDS has by that name', () => {
    expect(template.Outputs.DatabaseIdentifier).toEqual({ Value: { Ref: 'Database' } });
    // cfn-lint knows no 8.4 without the last number.
    expect(template.Parameters.DatabaseVersion?.Default).toMatch(/^8\.4\.\d+$/);
    // What a database that RDS has renewed by itself is told, whatever its last number (docs/deploy-aws.md).
    expect('8.4').toMatch(new RegExp(template.Parameters.DatabaseVersion?.AllowedPattern ?? 'none'));
    expect(properties('Database')).toMatchObject({ EngineVersion: { Ref: 'DatabaseVersion' } });
  });

  it('keeps a snapshot of the database, and has its connections encrypted', () => {
    expect(Resources.Database?.DeletionPolicy).toBe('Snapshot');
    expect(properties('Database')).toMatchObject({ DeletionProtection: true, StorageEncrypted: true });
    expect(properties<{ Parameters: Mapping }>('DatabaseParameters').Parameters).toMatchObject({
      innodb_flush_log_at_trx_commit: '1',
      require_secure_transport: '1',
    });
    expect(connections().DATABASE_URL).toMatch(/\?ssl=Amazon%20RDS$/);
    expect(properties('Cache')).toMatchObject({ TransitEncryptionEnabled: true });
    expect(connections().REDIS_URL).toMatch(/^rediss:/);
  });
});

describe.each([
  ['ApiTask', 'api'],
  ['WorkerTask', 'worker'],
])('%s', (task, role) => {
  it('has settings that there are, which a start accepts', () => {
    const settings = settingsOf(task);
    expect([...settingNames(), ...sdkVariables()]).toEqual(expect.arrayContaining(Object.keys(settings)));
    expect(loadSettings(settings)).toMatchObject({ role, database: { kind: 'mysql' } });
    expect(containerOf(task).PortMappings).toEqual([{ ContainerPort: Number(settings.PORT) }]);
  });

  it('has what may hold a token in a secret, and can be told what to sample', () => {
    const secrets = containerOf(task).Secrets.map(({ Name }) => Name);
    expect(secrets).toEqual(expect.arrayContaining(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS']));
    const plain = containerOf(task).Environment ?? [];
    const hidden = Object.keys(template.Parameters).filter((name) => template.Parameters[name]?.NoEcho === true);
    expect(plain.filter(({ Value }) => typeof Value !== 'string' && hidden.includes(Value.Ref))).toEqual([]);
    expect(settingsOf(task)).toMatchObject({
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: '',
    });
  });

  it('writes nowhere, and has the time that it takes to stop', () => {
    expect(containerOf(task).ReadonlyRootFilesystem).toBe(true);
    expect(containerOf(task).StopTimeout).toBeGreaterThanOrEqual(graceSeconds(task) + 5);
    // Fargate allows no more.
    expect(containerOf(task).StopTimeout).toBeLessThanOrEqual(120);
  });
});

describe('the tools', () => {
  it('have the settings of the command line, and reckon with what the workers do', () => {
    expect(loadSettings(settingsOf('ToolsTask'))).toMatchObject({ database: { kind: 'mysql' } });
    const worker = settingsOf('WorkerTask');
    for (const [name, value] of Object.entries(settingsOf('ToolsTask')))
      expect([name, worker[name]]).toEqual([name, value]);
  });
});

describe('the rules', () => {
  /** The gigabytes that Fargate takes with so much of a processor. */
  const FARGATE_GB: Record<string, number[]> = { '512': [1, 2, 3, 4], '1024': range(2, 8), '2048': range(4, 16) };
  const { ApiCpu, ApiMemory } = template.Parameters;
  const sizes = (ApiCpu?.AllowedValues ?? []).flatMap((cpu) =>
    (ApiMemory?.AllowedValues ?? []).map((memory) => ({ cpu: String(cpu), memory: String(memory) })),
  );

  it.each(sizes)('leave a task of $cpu with $memory MB to Fargate if that takes it', ({ cpu, memory }) => {
    const refusing = Object.values(template.Rules).filter(({ RuleCondition, Assertions }) => {
      const [parameter, value] = RuleCondition['Fn::Equals'];
      expect(parameter).toEqual({ Ref: 'ApiCpu' });
      return value === cpu && Assertions.some(({ Assert }) => !Assert['Fn::Contains'][0].includes(memory));
    });
    expect(refusing.length === 0).toBe(FARGATE_GB[cpu]?.includes(Number(memory) / 1024));
  });
});

describe('the storage of the database', () => {
  it('can begin with any size, and grow by a tenth of it at least, as RDS asks', () => {
    expect(properties('Database')).toMatchObject({
      AllocatedStorage: { Ref: 'DatabaseStorageGiB' },
      MaxAllocatedStorage: { Ref: 'DatabaseStorageAtMostGiB' },
    });
    const { DatabaseStorageGiB, DatabaseStorageAtMostGiB } = template.Parameters;
    const least = Number(DatabaseStorageGiB?.Default) * 1.1;
    expect(Number(DatabaseStorageAtMostGiB?.Default)).toBeGreaterThanOrEqual(least);
  });
});

describe('the migration', () => {
  it('runs the image to come where there is one, writes nowhere, and is ended by nothing but itself', () => {
    const { Command, Image, ReadonlyRootFilesystem, HealthCheck } = containerOf('MigrationTask');
    expect(Command).toEqual(['dist/apps/whence/src/cli.js', 'migrate']);
    expect(Image).toEqual({ 'Fn::If': ['HasMigrationImage', { Ref: 'MigrationImage' }, { Ref: 'Image' }] });
    expect([ReadonlyRootFilesystem, HealthCheck]).toEqual([true, undefined]);
    expect(loadSettings(settingsOf('MigrationTask'))).toMatchObject({ database: { kind: 'mysql' } });
  });
});

describe('the names within the VPC', () => {
  it.each([
    ['ApiService', 'ApiDiscovery', 'api'],
    ['WorkerService', 'WorkerDiscovery', 'worker'],
  ])('lead to %s by %s', (service, discovery, name) => {
    expect(properties(service).ServiceRegistries).toEqual([{ RegistryArn: { 'Fn::GetAtt': `${discovery}.Arn` } }]);
    expect(properties(discovery)).toMatchObject({ Name: name, NamespaceId: { Ref: 'Namespace' } });
  });
});

describe('secrets', () => {
  it('can be read by the tasks that have them', () => {
    const { Policies } = properties<{
      Policies: { PolicyDocument: { Statement: { Resource: { Ref: string }[] }[] } }[];
    }>('ExecutionRole');
    const readable = Policies.flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.flatMap(({ Resource }) => Resource),
    );
    const named = ['ApiTask', 'WorkerTask', 'ToolsTask', 'MigrationTask'].flatMap((task) =>
      containerOf(task).Secrets.map(({ ValueFrom }) =>
        'Ref' in ValueFrom ? ValueFrom.Ref : /^\$\{(\w+)\}:/.exec(ValueFrom['Fn::Sub'])?.[1],
      ),
    );
    expect(new Set(named)).toEqual(new Set(readable.map(({ Ref }) => Ref)));
  });
});

describe('the load balancer', () => {
  it('closes idle connections before Whence does, and later than a stream shows life', () => {
    const { server } = fastify(fastifyOptions());
    const idleSeconds = Number(attribute('LoadBalancer', 'LoadBalancerAttributes', 'idle_timeout.timeout_seconds'));
    expect(idleSeconds).toBeLessThan(server.keepAliveTimeout / 1000);
    expect(idleSeconds).toBeGreaterThan(15 * 2);
  });

  it('waits with stopping a task until what takes longest of all submissions is answered', () => {
    const delay = attribute('ApiTargets', 'TargetGroupAttributes', 'deregistration_delay.timeout_seconds');
    // Batches may take 8 s.
    expect(Number(delay)).toBeGreaterThanOrEqual(8 + 5);
  });

  it('asks a path that there is whether a task lives, and so do tasks that it does not know', () => {
    const { HealthCheckPath, Port } = properties<{ HealthCheckPath: string; Port: number }>('ApiTargets');
    const [, ownPath] = /3000(\/[\w/]+)/.exec(containerOf('WorkerTask').HealthCheck?.Command.join(' ') ?? '') ?? [];
    expect([HealthCheckPath, ownPath]).toEqual(['/health/live', '/health/live']);
    expect(apiPaths()).toContain(HealthCheckPath);
    expect(Port).toBe(Number(settingsOf('ApiTask').PORT));
  });

  it('lets clients reach every call of theirs, and nothing that is for those who run Whence', () => {
    const rules = Object.values(Resources).filter(({ Type }) => Type === 'AWS::ElasticLoadBalancingV2::ListenerRule');
    const values = rules.map(({ Properties }) => {
      const [condition] = (Properties as { Conditions: [{ PathPatternConfig: { Values: string[] } }] }).Conditions;
      return condition.PathPatternConfig.Values;
    });
    // As many as a rule may have.
    for (const list of values) expect(list.length).toBeLessThanOrEqual(5);
    const patterns = values.flat().map((text) => new RegExp(`^${text.replaceAll('*', '.*')}$`));
    const open = (path: string) => patterns.some((pattern) => pattern.test(path));
    const withSlash = apiPaths()
      .filter((path) => !OPERATOR_PATHS.includes(path))
      .map((path) => `${path}/`);
    expect([...clientPaths(), ...withSlash].filter((path) => !open(path))).toEqual([]);
    expect([...OPERATOR_PATHS, '/health/', '/metrics/', '/nothing'].filter(open)).toEqual([]);
    expect(
      properties<{ DefaultActions: { Type: string }[] }>('Listener').DefaultActions.map(({ Type }) => Type),
    ).toEqual(['fixed-response']);
  });
});

describe('autoscaling', () => {
  it('goes by the requests that the targets have, and leaves the number of tasks open', () => {
    const { TargetTrackingScalingPolicyConfiguration } = properties('ApiScalingByRequests');
    expect(TargetTrackingScalingPolicyConfiguration).toMatchObject({
      PredefinedMetricSpecification: {
        PredefinedMetricType: 'ALBRequestCountPerTarget',
        ResourceLabel: { 'Fn::Sub': '${LoadBalancer.LoadBalancerFullName}/${ApiTargets.TargetGroupFullName}' },
      },
    });
    expect(properties('ApiService')).not.toHaveProperty('DesiredCount');
  });
});
