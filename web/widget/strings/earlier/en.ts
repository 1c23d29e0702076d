export const en = {
  what: "{name} has earlier keys again. Whoever has stolen them could bring this about: nothing is sent to them, and what they sign is kept apart. Ask them in another way whether it is meant, and compare the keys: {keys}",
  takeBack: "It is meant",
  apart: "Signed with earlier keys of {name}, which were replaced. Whoever has stolen those could have written it:",
  linking: "(a step of linking)",
  discard: "Throw away",
  compare: "Keys, to compare in another way: on the phone, or face to face.",
  mine: "Yours: {keys}",
  theirs: "{name}: {keys}",
};
