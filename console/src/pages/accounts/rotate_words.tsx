import type { AccountDetail } from '~/api/types';
import type { Way } from '~/rotations/ways';

function Name({ name }: { name: string }) {
  return (
    <strong>
      <bdi>{name}</bdi>
    </strong>
  );
}

const kDoor = 'Meanwhile the sign-in door is closed for about a second, and the products go on.';

/** What a rotation in that way will do, before it does. */
export function RotateWords({ account, way }: { account: AccountDetail; way: Way }) {
  if (way === 'self_change') {
    return (
      <p>
        Mailward makes a new password for <Name name={account.name} /> here, and the account itself changes it in Active
        Directory: whoever typed the old one anywhere else cannot use it any more. The policy’s history and minimum age
        hold, and there is no way back. {kDoor}
      </p>
    );
  }
  if (way === 'twin') {
    return (
      <p>
        Of <Name name={account.name} /> and <Name name={account.twin_name} />, the one that rests gets a new password
        and is tried on every connection. Only where all of them work do they go over to it, in one step. The password
        that is in use now stays as it is, until its turn comes. No door is closed.
      </p>
    );
  }
  if (way === 'external') {
    return (
      <p>
        The other vault is asked for the password that it has set for <Name name={account.name} />. Mailward proves it
        in Active Directory and takes it; it sets none itself. {kDoor}
      </p>
    );
  }
  return (
    <p>
      Mailward makes a new password for <Name name={account.name} /> here, and{' '}
      <Name name={account.reset_account_name} /> sets it in Active Directory: whoever typed the old one anywhere else
      cannot use it any more. {kDoor}
    </p>
  );
}
