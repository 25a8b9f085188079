import { networkFaults } from './network.ts';
import { proveFaults } from './prove.ts';

proveFaults('Networks', networkFaults);
