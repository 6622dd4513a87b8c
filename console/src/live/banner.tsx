import classes from './banner.module.css';
import { useReach } from './reachability';

/** Says calmly that the service is away, and that it is back. */
export function Banner() {
  const reach = useReach();
  return (
    <div role="status" aria-live="polite" className={classes.place}>
      {reach === 'away' && (
        <div className={classes.banner} data-reach="away">
          <span className={classes.pulse} aria-hidden="true" />
          <span>
            <strong>Mailward does not answer at the moment.</strong> What you typed stays here; this page goes on by
            itself when it is back.
          </span>
        </div>
      )}
      {reach === 'back' && (
        <div className={classes.banner} data-reach="back">
          <span>Mailward is back.</span>
        </div>
      )}
    </div>
  );
}
