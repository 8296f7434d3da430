import { HealthProbe } from './health-probe.js';
import { type DatabaseKind, Installation } from './installation.js';
import { Recorder } from '../../test/support/recorder.js';

/** How often a lookup takes seconds, as the Geolocation API is known to. */
const SLOW_SHARE = 0.1;

export interface ServiceOptions {
  readonly database: DatabaseKind;
  readonly seed: number;
  readonly slowShare?: number;
}

/**
 * One Whence process on an empty database of its own, with all else going on that goes on in life: it locates, against
 * the recorder, and is asked each second whether it is ready.
 */
export class LoadedService {
  private constructor(
    readonly installation: Installation,
    readonly recorder: Recorder,
    readonly probe: HealthProbe,
  ) {}

  static async start({ database, seed, slowShare = SLOW_SHARE }: ServiceOptions): Promise<LoadedService> {
    const recorder = await Recorder.start(seed, slowShare);
    try {
      const installation = await Installation.start({ workers: 0, database, geoIpUrl: recorder.urlTemplate });
      return new LoadedService(installation, recorder, new HealthProbe(installation.url));
    } catch (error) {
      await recorder.stop();
      throw error;
    }
  }

  /** Starts a service, lets it be used, and stops it whatever comes of that. */
  static async during<T>(options: ServiceOptions, use: (service: LoadedService) => Promise<T>): Promise<T> {
    const service = await LoadedService.start(options);
    try {
      return await use(service);
    } finally {
      await service.stop();
    }
  }

  get url(): string {
    return this.installation.url;
  }

  /**
   * Fails unless what was accepted is stored, and nothing else but what was in flight when its client went away.
   * @returns how many events are stored
   */
  async assertStored(accepted: number, inFlightAtMost: number): Promise<number> {
    const stored = await this.installation.events();
    if (stored < accepted || stored > accepted + inFlightAtMost) {
      throw new Error(
        `${accepted} events are accepted and up to ${inFlightAtMost} in flight, but ${stored} are stored`,
      );
    }
    return stored;
  }

  async stop(): Promise<void> {
    this.probe.stop();
    await this.installation.stop();
    await this.recorder.stop();
  }
}
