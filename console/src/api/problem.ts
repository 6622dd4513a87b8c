/** An answer of the API that says no: its problem document (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    /** "connections.version_conflict": what a program tells apart. */
    readonly code: string,
    readonly detail: string,
    readonly remedy: string,
    readonly requestId: string,
    readonly errors: readonly FieldProblem[],
    /** Seconds to wait, where the server says so. */
    readonly retryAfter: number | null,
  ) {
    super(detail);
  }
}

export interface FieldProblem {
  field: string;
  detail: string;
}

/** The service did not answer: it is stopped, starting, or out of reach. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const { field, detail } = one as Record<string, unknown>;
    return typeof field === 'string' ? [{ field, detail: textOf(detail) }] : [];
  });
}

/** A sentence for a person: first letter large, a full stop at its end. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…:]$/.test(first) ? first : first + '.';
}

/** Reads a problem document; what is none (a proxy's page) becomes a problem without a code. */
export function problemOf(status: number, body: unknown, headers: Headers): Problem {
  const known = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const wait = Number(headers.get('Retry-After') ?? Number.NaN);
  return new Problem(
    status,
    textOf(known['code']),
    textOf(known['detail']) || `The service answered with status ${status}`,
    textOf(known['remedy']),
    textOf(known['request_id']) || (headers.get('X-Request-Id') ?? ''),
    fieldProblems(known['errors']),
    Number.isFinite(wait) ? wait : null,
  );
}

export function isProblem(error: unknown, code?: string): error is Problem {
  return error instanceof Problem && (code === undefined || error.code === code);
}

/** The problems of a form, by field: the first of each. */
export function byField(error: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  if (error instanceof Problem) {
    for (const { field, detail } of error.errors) found[field] ??= sentence(detail);
  }
  return found;
}
