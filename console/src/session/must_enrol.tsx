import { EnrolTotp } from './enrol_totp';
import { MustFirst } from './must_first';

/** A role demands an authenticator, and there is none yet: first this. */
export function MustEnrol() {
  return (
    <MustFirst
      title="Add an authenticator"
      lead="One of your roles asks for a code at each sign-in. Add an authenticator app to go on."
    >
      <EnrolTotp onDone={() => undefined} />
    </MustFirst>
  );
}
