export const en = {
  remove: "Remove {name}",
  tooLarge: "{name} does not fit: the files of one message have {limit} at most, and {left} are left.",
  tooMany: "A message has at most {count} files.",
  unreadable: "{name} cannot be read.",
  chosen: "Files of this message",
  together: "{size} of {limit}",
};
