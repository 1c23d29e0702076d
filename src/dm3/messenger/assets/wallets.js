// Wallets of this browser (EIP-6963, or one that is just there): chosen by the user, and asked after reading.
"use strict";
{
  const found = new Map();
  let chosen;
  const place = document.querySelector("#wallets");
  const base = place?.dataset.base ?? "/welcome";
  const hex = (text) => "0x" + [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const say = (sentence) => { document.querySelector("#trouble").textContent = sentence; };
  const reason = (error) => String(error?.message ?? error).slice(0, 200);
  const post = (path, values) => htmx.ajax("POST", path, { source: "#next", target: "#next", swap: "innerHTML", values });

  const offer = (name, provider) => {
    if (!place || !provider || found.has(provider)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `With ${name}`;
    button.addEventListener("click", async () => {
      say("");
      try {
        const [address] = await provider.request({ method: "eth_requestAccounts" });
        chosen = { provider, address };
      } catch (error) {
        return say(`The wallet has told no account: ${reason(error)}`);
      }
      const form = new FormData(document.querySelector("#make"));
      await post(`${base}/wallet`, { ...Object.fromEntries(form), address: chosen.address });
    });
    found.set(provider, button);
    place.append(button);
    document.querySelector("#no-wallet")?.remove();
  };

  addEventListener("eip6963:announceProvider", (event) => {
    offer(String(event.detail?.info?.name ?? "a wallet").slice(0, 40), event.detail?.provider);
  });
  dispatchEvent(new Event("eip6963:requestProvider"));
  setTimeout(() => { if (!found.size) offer("this browser’s wallet", window.ethereum); }, 300);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-sign]");
    if (!button || !chosen) return;
    button.disabled = true;
    say("");
    try {
      const text = document.querySelector("#next pre").textContent;
      const signature = await chosen.provider.request({ method: "personal_sign", params: [hex(text), chosen.address] });
      await post(`${base}/signature`, { signature });
    } catch (error) {
      say(`Nothing was signed: ${reason(error)}`);
      button.disabled = false;
    }
  });
}
