export const en = {
  what: "{name} has earlier keys again. Who has stolen them could bring this about: nothing is sent to them, and nothing of theirs is shown. Ask them in another way whether it is meant.",
  takeBack: "It is meant",
};
