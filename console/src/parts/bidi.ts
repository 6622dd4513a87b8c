/**
 * A name within a sentence that is plain text. What it holds of marks that turn the direction of writing then ends with it,
 * and cannot turn the words around it; within elements <bdi> does the same.
 */
export function isolated(name: string): string {
  return `\u2068${name.replaceAll(/[\u2066-\u2069]/g, '')}\u2069`;
}
