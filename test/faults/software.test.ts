import { proveFaults } from './prove.ts';
import { softwareFaults } from './software.ts';

proveFaults('Software', softwareFaults);
