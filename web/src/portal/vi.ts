/** The portal's words in Vietnamese, by their English. */
export const VI: Readonly<Record<string, string>> = {};
