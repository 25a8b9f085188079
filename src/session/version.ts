import about from '../../package.json' with { type: 'json' };

export const ownVersion: string = about.version;
