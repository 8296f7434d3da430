import tseslint from 'typescript-eslint';

const SETTINGS_ONLY = 'Settings come from libs/platform/src/config, which documents and checks each.';

/** One schema reads the environment. Each of these is a way around it. */
const environmentIsRead = {
  'no-restricted-properties': ['error', { object: 'process', property: 'env', message: SETTINGS_ONLY }],
  'no-restricted-imports': [
    'error',
    {
      paths: ['process', 'node:process'].map((name) => ({ name, importNames: ['env'], message: SETTINGS_ONLY })),
    },
  ],
};

const throughGlobalThis = {
  selector: 'MemberExpression[property.name="env"][object.property.name="process"]',
  message: SETTINGS_ONLY,
};

const starExport = {
  selector: 'ExportAllDeclaration',
  message: 'Name each export: an index is a contract, and a star makes everything part of it.',
};

export default tseslint.config(
  // test/client is compiled by its test, against types that are made only there.
  { ignores: ['dist/**', 'data/**', 'node_modules/**', 'test/client/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', starExport, throughGlobalThis],
      // The in-process adapter of an asynchronous port has nothing to await; `async` still makes its throws rejections.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'prefer-const': 'error',
      ...environmentIsRead,
    },
  },
  {
    // The places that read the environment, and those that prepare it for a process they start.
    files: [
      'libs/platform/src/config/**',
      'apps/geoip-stand-in/src/stand-in-settings.ts',
      'test/**',
      'tools/**',
      'bench/**',
    ],
    rules: {
      'no-restricted-properties': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-syntax': ['error', starExport],
    },
  },
  {
    // An answer's JSON is `any`, and what it holds is exactly what a test is about to assert.
    files: ['**/*.spec.ts', 'test/**/*.ts', '**/testing/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Plain JavaScript belongs to no tsconfig.
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    ...tseslint.configs.disableTypeChecked,
  },
);
