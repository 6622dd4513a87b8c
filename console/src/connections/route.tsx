import { routeLines } from './destination';
import classes from './route.module.css';

/** Where a password would go, line by line. */
export function Route({ destination }: { destination: string }) {
  return (
    <dl className={classes.route}>
      {routeLines(destination).map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Shown beside a password's field: where what is typed there will go. */
export function GoesTo({
  destination,
  title = 'This password will go to',
  isFresh = false,
}: {
  destination: string;
  title?: string;
  /** None was accepted there yet. */
  isFresh?: boolean;
}) {
  return (
    <div className={classes.goesTo}>
      <div className={classes.goesToHead}>
        {title}
        {isFresh && <span className={classes.fresh}>new: none was accepted there yet</span>}
      </div>
      <Route destination={destination} />
    </div>
  );
}
