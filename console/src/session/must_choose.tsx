import { Anchor } from '@mantine/core';

import { ChangePassword } from './change_password';
import { Outside } from './outside';
import { queries, sessionQuery, signOut } from './session';

/** Every secret was renewed: a password from before opens nothing but this. */
export function MustChoose() {
  return (
    <Outside
      title="Choose a new password"
      lead="Every password is being renewed. Choose another one to go on; the one that you have opens nothing else."
      foot={
        <Anchor component="button" type="button" size="sm" onClick={() => void signOut()}>
          Sign out instead
        </Anchor>
      }
    >
      <ChangePassword onDone={() => queries.invalidateQueries({ queryKey: sessionQuery.queryKey })} />
    </Outside>
  );
}
