import { diskFaults } from './disk.ts';
import { proveFaults } from './prove.ts';

proveFaults('Disks and file systems', diskFaults);
