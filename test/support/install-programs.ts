// Installs what the tests run, where it is missing: for whoever has something else to do meanwhile.
import { ensureRequiredPrograms, TEST_PROGRAMS } from './required-programs.js';

ensureRequiredPrograms(TEST_PROGRAMS);
