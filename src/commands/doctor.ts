export const doctorCommand = { summary: '', usage: '', help: '', run: async () => 0 };
