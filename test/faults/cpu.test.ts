import { cpuFaults } from './cpu.ts';
import { proveFaults } from './prove.ts';

proveFaults('CPU', cpuFaults);
