import { Anchor } from '@mantine/core';

import { EnrolTotp } from './enrol_totp';
import { Outside } from './outside';
import { signOut } from './session';

/** A role demands an authenticator, and there is none yet: first this. */
export function MustEnrol() {
  return (
    <Outside
      title="Add an authenticator"
      lead="One of your roles asks for a code at each sign-in. Add an authenticator app to go on."
      foot={
        <Anchor component="button" type="button" size="sm" onClick={() => void signOut()}>
          Sign out instead
        </Anchor>
      }
    >
      <EnrolTotp onDone={() => undefined} />
    </Outside>
  );
}
