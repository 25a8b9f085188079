import { memoryFaults } from './memory.ts';
import { proveFaults } from './prove.ts';

proveFaults('Memory', memoryFaults);
