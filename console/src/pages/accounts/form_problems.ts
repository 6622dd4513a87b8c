import { byField, isProblem, sentence } from '~/api/problem';

/** What is wrong with which field; a form with one problem says it in its sentence alone: "name: it is …". */
export function formProblems(error: unknown, fields: readonly string[]): Record<string, string> {
  const found = byField(error);
  const said = isProblem(error, 'connections.invalid_form') ? /^(\w+): (.+)$/s.exec(error.detail) : null;
  if (said?.[1] && said[2] && fields.includes(said[1])) found[said[1]] ??= sentence(said[2]);
  return found;
}
