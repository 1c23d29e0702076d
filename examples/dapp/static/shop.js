// The site's own login, and its three lines with the chat: signedIn, signOut, startConversation.
import "./development-wallet.js";

const chat = document.querySelector("dm3-chat");
await customElements.whenDefined("dm3-chat");

// 1. Who has signed in at the site writes under a name that others can verify.
const login = JSON.parse(document.body.dataset.chat);
if (login.authSig) chat.signedIn(login);

// 2. Who has signed out leaves nothing behind for the next one at this browser.
if (new URLSearchParams(location.search).has("out")) {
  chat.reset();
  history.replaceState(null, "", "/");
}

// 3. A button writes to another member.
for (const button of document.querySelectorAll("[data-write-to]")) {
  button.onclick = () => chat.startConversation(button.dataset.writeTo);
}

const post = async (path, data) => {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  return said;
};

const button = document.querySelector("#sign-in");
if (button) {
  button.onclick = async () => {
    try {
      const [address] = await window.ethereum.request({ method: "eth_requestAccounts" });
      const { text } = await post("/login/text", { address });
      const hex = [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const signature = await window.ethereum.request({ method: "personal_sign", params: [`0x${hex}`, address] });
      await post("/login", { address, text, signature });
      location.reload();
    } catch (error) {
      const trouble = document.querySelector("#trouble");
      trouble.textContent = `You could not be signed in: ${error.message}`;
      trouble.hidden = false;
    }
  };
}
