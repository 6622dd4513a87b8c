import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';

import { isProblem, Problem, sentence, Unreachable } from '~/api/problem';

import { Copyable } from './copyable';
import classes from './states.module.css';

/** What a page shows before its data is there; it says so to those who do not see it. */
export function PageLoading() {
  return (
    <div className={classes.pageLoading}>
      <Skeleton height={26} width={220} mb={24} />
      <RowsLoading />
    </div>
  );
}

export function RowsLoading({ rows = 4 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className={classes.rows}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={54} radius={0} className={classes.row ?? ''} />
      ))}
    </div>
  );
}

/** Nothing is there, and that is well: what it would be, and how to have one. */
export function Empty({
  picture,
  title,
  children,
  action,
}: {
  picture?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      {picture && <div className={classes.picture}>{picture}</div>}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** A page that one came to by its address, and that none of one's roles may see. */
export function NotForRole() {
  return (
    <Empty title="Not for this role">
      None of your roles may see this. An administrator can give you one that does.
    </Empty>
  );
}

function titleOf(error: unknown): string {
  if (error instanceof Unreachable) return 'Mailward does not answer';
  if (isProblem(error, 'api.forbidden')) return 'Not for this role';
  if (error instanceof Problem && error.status === 404) return 'It is not there';
  return 'This could not be shown';
}

/** What went wrong, what to do, and the number by which the log knows it. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = error instanceof Problem ? error : null;
  const away = error instanceof Unreachable;
  return (
    <div className={classes.empty} role="alert">
      <h2>{titleOf(error)}</h2>
      <p>
        {problem
          ? sentence(problem.detail)
          : away
            ? 'As soon as it is back, this page shows it.'
            : 'The page met something unexpected.'}
        {problem?.remedy ? ' ' + sentence(problem.remedy) : ''}
      </p>
      {problem?.requestId && (
        <p className={classes.request}>
          Request <Copyable text={problem.requestId} />
        </p>
      )}
      {retry && !isProblem(error, 'api.forbidden') && (
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}
