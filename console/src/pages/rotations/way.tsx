import { Link } from 'react-router-dom';

import type { Rotation, Step } from '~/api/types';
import { switchOf } from '~/runs/step_words';

/** Which account took over from which; or that all stayed as it was. */
function TwinWords({ rotation, steps }: { rotation: Rotation; steps: readonly Step[] }) {
  const over = switchOf(steps);
  const name = <bdi>{rotation.account_name}</bdi>;
  if (over?.switched) {
    return (
      <>
        {name} took over from <bdi>{over.from}</bdi>, which rests now with the password that it had.
      </>
    );
  }
  if (over) return <>The connections stay with the other account; {name} goes on resting, with its new password.</>;
  if (rotation.ended !== null) return <>{name} was to take over from its twin.</>;
  return <>{name} rests; it is renewed, and takes over from its twin once it works on every connection.</>;
}

/** What is particular of the way that a rotation went; nothing of the usual ones. */
export function WayTold({ rotation, steps }: { rotation: Rotation; steps: readonly Step[] }) {
  const { mode } = rotation;
  if (mode === 'twin') {
    return (
      <p>
        <TwinWords rotation={rotation} steps={steps} />
      </p>
    );
  }
  if (mode === 'self_change') {
    return (
      <p>
        In this way the account changes its password itself, by the one that was in force; no reset account takes part.
      </p>
    );
  }
  if (mode === 'external') {
    return (
      <p>
        In this way <Link to={`/accounts/${rotation.account}#another-vault`}>another vault</Link> sets the password and
        hands it over; Mailward fetches it and proves it.
      </p>
    );
  }
  return null;
}
