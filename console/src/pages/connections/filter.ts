import type { Connection } from '~/api/types';
import { plain, productName } from '~/connections/states';

/** Whether every word that is sought stands somewhere in what a person knows the connection by. */
export function matches(connection: Connection, sought: string): boolean {
  const text = [
    connection.description,
    connection.ews_url,
    connection.master_mailbox,
    connection.account_resolved,
    plain(connection.state),
    plain(connection.reason),
    ...connection.products.map(productName),
  ]
    .join('\n')
    .toLowerCase();
  return sought
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
