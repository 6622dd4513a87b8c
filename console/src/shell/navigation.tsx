import { NavLink } from 'react-router-dom';

import { needsPerson } from '~/connections/states';
import { useConnections } from '~/connections/queries';
import { useSession } from '~/session/session';

import { areasFor } from './places';
import classes from './shell.module.css';

/** How many connections wait for a person, beside the place where they are. */
function Waiting() {
  const { data } = useConnections();
  const count = data?.filter((one) => needsPerson(one.state)).length ?? 0;
  if (count === 0) return null;
  return (
    <span className={classes.count}>
      {count}
      <span className={classes.unseen}> in need of a person</span>
    </span>
  );
}

export function Navigation({ onGo }: { onGo?: () => void }) {
  const { user } = useSession();
  return (
    <nav aria-label="Main" className={classes.navigation}>
      {areasFor(user.rights).map((area) => (
        <div key={area.title ?? area.places[0]?.path} className={classes.area}>
          {area.title && <div className={classes.areaTitle}>{area.title}</div>}
          {area.places.map(({ label, path, icon: Icon }) => (
            <NavLink key={path} to={path} end={path === '/'} className={classes.place ?? ''} onClick={() => onGo?.()}>
              <Icon size={18} />
              <span>{label}</span>
              {path === '/connections' && <Waiting />}
            </NavLink>
          ))}
        </div>
      ))}
    </nav>
  );
}
