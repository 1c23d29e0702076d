// Where no wallet extension is there, the sample's server signs. For trying out only: see the note on the page.
if (!window.ethereum) {
  window.ethereum = {
    async request({ method, params = [] }) {
      const answer = await fetch("/development-wallet", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ method, text: plain(params[0] ?? "") }),
      });
      if (!answer.ok) throw new Error("the development wallet does not answer");
      return (await answer.json()).result;
    },
  };
  document.querySelector("#wallet").hidden = false;
}

// Sites hand a text to wallets in hex.
function plain(hex) {
  if (typeof hex !== "string") return "";
  return new TextDecoder().decode(Uint8Array.from(hex.slice(2).match(/../g) ?? [], (byte) => parseInt(byte, 16)));
}
