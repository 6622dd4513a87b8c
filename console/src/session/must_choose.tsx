import { ChangePassword } from './change_password';
import { MustFirst } from './must_first';
import { queries, sessionQuery } from './session';

/** Every secret was renewed: a password from before opens nothing but this. */
export function MustChoose() {
  return (
    <MustFirst
      title="Choose a new password"
      lead="Every password is being renewed. Choose another one to go on; the one that you have opens nothing else."
    >
      <ChangePassword onDone={() => queries.invalidateQueries({ queryKey: sessionQuery.queryKey })} />
    </MustFirst>
  );
}
