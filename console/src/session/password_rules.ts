export const kLeastLetters = 12;

/** What stands against a new password, field by field, as far as it can be said here; the service decides. */
export function passwordTrouble(password: string, again: string, name: string): Record<string, string> {
  if ([...password].length < kLeastLetters) return { password: `At least ${kLeastLetters} characters are needed.` };
  if (password.toLowerCase().includes(name.toLowerCase())) return { password: 'It may not contain your name.' };
  if (password !== again) return { again: 'The two are not the same.' };
  return {};
}
