import { ago, exact } from './time_words';
import { useNow } from './use_now';

/** How long ago, kept true; the exact time for those who point at it. */
export function Ago({ at, never = 'never' }: { at: string | null; never?: string }) {
  const now = useNow();
  if (!at) return <>{never}</>;
  return (
    <time dateTime={at} title={exact(at)}>
      {ago(at, now)}
    </time>
  );
}

export function Exact({ at }: { at: string }) {
  return <time dateTime={at}>{exact(at)}</time>;
}
