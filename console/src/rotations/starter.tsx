import { useUsers } from '~/users/queries';
import { actorWords } from '~/users/words';

/** Who began something, by name where it is known. */
export function Starter({ actor }: { actor: string }) {
  const { data: users } = useUsers();
  const user = users?.find((one) => `user:${one.id}` === actor);
  return <>{actorWords({ actor, actor_name: user ? user.display_name || user.name : '' })}</>;
}
