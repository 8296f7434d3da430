import { describe, expect, it } from 'vitest';
import { alertedJobs, apiPaths, filesIn, type Mapping, yamlOf } from './files.js';
import { kustomization, podLabels, selected } from './kubernetes.js';
import { manifestFaults } from './kubernetes-schema.js';

const POD_MONITOR = 'deploy/kubernetes/components/pod-monitor';

describe('the PodMonitor', () => {
  interface PodMonitorSpec {
    readonly jobLabel: string;
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly podMetricsEndpoints: { readonly port: string; readonly path: string }[];
  }
  const [monitor] = yamlOf<Mapping & { metadata: Mapping; spec: PodMonitorSpec }>(`${POD_MONITOR}/pod-monitor.yaml`);

  const [rule] = yamlOf<Mapping & { metadata: Mapping; spec: Mapping }>(`${POD_MONITOR}/prometheus-rule.yaml`);

  it('is what the Prometheus operator takes, as are the alerts, in a component that kustomize is told of', () => {
    expect([...manifestFaults(monitor), ...manifestFaults(rule)]).toEqual([]);
    const { kind, resources } = kustomization(POD_MONITOR);
    expect([kind, [...resources, 'kustomization.yaml'].sort()]).toEqual(['Component', filesIn(POD_MONITOR)]);
  });

  it('comes with the alerts of docker/prometheus', () => {
    expect(rule).toMatchObject({ kind: 'PrometheusRule', spec: yamlOf('docker/prometheus/alerts.yml')[0] });
  });

  it('has, as the alerts do, the label by which kube-prometheus-stack finds what is for it', () => {
    for (const { metadata } of [monitor, rule])
      expect(metadata).toMatchObject({ labels: { release: 'kube-prometheus-stack' } });
  });

  it('scrapes every pod, with a key, as a job whose name the alerts go by', () => {
    const { jobLabel, selector, podMetricsEndpoints } = monitor.spec;
    expect(selected(selector.matchLabels)).toBe(podLabels().length);
    for (const labels of podLabels()) expect(labels[jobLabel]).toMatch(alertedJobs());
    expect(podMetricsEndpoints).toMatchObject([
      { port: 'http', path: '/metrics', authorization: { credentials: { name: 'whence-metrics', key: 'key' } } },
    ]);
    expect(apiPaths()).toContain(podMetricsEndpoints[0]?.path);
  });
});
