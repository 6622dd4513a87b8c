/** A SHA-256 fingerprint in groups that can be compared by eye: "6AB5 4C37 …". */
export function fingerprintGroups(hex: string): string {
  const digits = hex.replaceAll(/[^0-9a-fA-F]/g, '').toUpperCase();
  return digits.match(/.{1,4}/g)?.join(' ') ?? '';
}
