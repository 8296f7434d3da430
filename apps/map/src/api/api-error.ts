export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** Why the API has not done what it was asked for. */
export class ApiError extends Error {
  constructor(
    /** 0 where no answer came. */
    readonly status: number,
    /** As openapi.json has them, `unreachable` where no answer came, and `key_not_sendable` where the key can be none. */
    readonly code: string,
    message: string,
    readonly faults: readonly FieldFault[] = [],
    readonly retryAfterMs: number | null = null,
  ) {
    super(message);
  }

  get needsKey(): boolean {
    return this.status === 401 || this.status === 403 || this.code === 'key_not_sendable';
  }

  /** Whether the same may be answered otherwise later, by itself. */
  get mayPass(): boolean {
    return !this.needsKey && (this.code === 'unreachable' || this.status === 429 || this.status >= 500);
  }
}

export function unreachable(): ApiError {
  return new ApiError(0, 'unreachable', 'The API does not answer.');
}

/** The refusal that an answer is. One that is not of the API, as of a proxy, says no more than its status. */
export async function refusalOf(answer: Response): Promise<ApiError> {
  const retryAfterMs = Number(answer.headers.get('retry-after') ?? NaN) * 1_000;
  const { code, message, errors } = await bodyOf(answer);
  return new ApiError(
    answer.status,
    code ?? 'unknown',
    message ?? `The API has answered ${answer.status}.`,
    errors ?? [],
    Number.isFinite(retryAfterMs) ? retryAfterMs : null,
  );
}

interface Told {
  readonly code?: string;
  readonly message?: string;
  readonly errors?: readonly FieldFault[];
}

/** A 4xx has it in `data`, a 5xx at the top. */
async function bodyOf(answer: Response): Promise<Told> {
  try {
    const body = (await answer.json()) as Told & { readonly data?: Told };
    return body.data ?? body;
  } catch {
    return {};
  }
}
