/** What an EventSource is, as far as we need it. */
export interface Source {
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
}

export interface Claim {
  url: string;
  /** Each event's data, parsed. */
  on: Record<string, (data: unknown) => void>;
  /** The stream could not be opened, or broke; it is opened again by itself. */
  broken?: () => void;
}

export interface StreamParts {
  open: (url: string) => Source;
  later: (action: () => void, ms: number) => () => void;
  /** A stream broke. Streams tell us no reason, so somebody looks; until he has, it is not opened again. */
  broken: () => Promise<unknown>;
}

const nothing = () => undefined;

const kRetryMs = [300, 1000, 2000, 4000];

/**
 * One event stream a page, however many parts of it listen: browsers open six connections to a service, and eight tabs
 * must stay usable. The claim made last has the stream; when it is given back, the one before has it again. Closed while
 * the page is hidden. Each opening begins with a snapshot, so nothing is missed.
 */
export class Stream {
  private readonly claims: Claim[] = [];
  private visible = true;
  private source: Source | null = null;
  private opened: Claim | null = null;
  private tries = 0;
  private cancelRetry: (() => void) | null = null;

  constructor(private readonly parts: StreamParts) {}

  /** Gives the release of the claim. */
  claim(claim: Claim): () => void {
    this.claims.push(claim);
    this.tries = 0;
    this.settle();
    return () => {
      const at = this.claims.indexOf(claim);
      if (at < 0) return;
      this.claims.splice(at, 1);
      this.settle();
    };
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.settle();
  }

  /** Opens at once what waits to be opened again. */
  hurry(): void {
    if (!this.cancelRetry) return;
    this.tries = 0;
    this.stop();
    this.settle();
  }

  private settle(): void {
    const wanted = this.visible ? (this.claims.at(-1) ?? null) : null;
    if (wanted === this.opened) return;
    this.stop();
    if (wanted) this.start(wanted);
  }

  private stop(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.source?.close();
    this.source = null;
    this.opened = null;
  }

  private openAgain(claim: Claim, looked: Promise<void>): void {
    const wait = kRetryMs[Math.min(this.tries, kRetryMs.length - 1)] ?? 0;
    this.tries += 1;
    let cancelled = false;
    const cancelWait = this.parts.later(() => {
      const open = () => {
        if (cancelled) return;
        this.cancelRetry = null;
        this.start(claim);
      };
      void looked.then(open);
    }, wait);
    this.cancelRetry = () => {
      cancelled = true;
      cancelWait();
    };
  }

  private start(claim: Claim): void {
    this.opened = claim;
    const source = this.parts.open(claim.url);
    this.source = source;
    source.onopen = () => {
      this.tries = 0;
    };
    for (const [type, take] of Object.entries(claim.on)) {
      source.addEventListener(type, (event) => {
        if (this.source === source) take(JSON.parse(event.data));
      });
    }
    source.onerror = () => {
      if (this.source !== source) return;
      source.close();
      this.source = null;
      claim.broken?.();
      // What he found is told where he looked.
      this.openAgain(claim, this.parts.broken().then(nothing, nothing));
    };
  }
}
