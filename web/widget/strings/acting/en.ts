export const en = {
  react: "React with {emoji}",
  reactions: "Reactions",
  reply: "Reply",
  edit: "Edit",
  copy: "Copy the text",
  delete: "Delete",
  deleteSure: "The message disappears here, and the other side is asked to delete it, too. Whether it does is up to its program.",
};
