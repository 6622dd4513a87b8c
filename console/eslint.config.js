import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules', 'src/api/schema.ts', 'public', '*.mjs'] },
  ...tseslint.configs.recommended,
  hooks.configs.flat['recommended-latest'],
  {
    rules: {
      // What a browser's console shows may be read by others: nothing is written there.
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  // A component that does not fit on a few screens is several ideas.
  { files: ['**/*.tsx'], rules: { 'max-lines': ['error', { max: 200 }] } },
);
