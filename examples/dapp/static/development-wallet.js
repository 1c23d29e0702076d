// Where no wallet extension is there, the sample's server signs. For trying out only: see the note on the page.
if (!window.ethereum) {
  window.ethereum = {
    async request({ method, params = [] }) {
      const answer = await fetch("/development-wallet", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ method, params }),
      });
      if (!answer.ok) throw new Error("the development wallet does not answer");
      return (await answer.json()).result;
    },
  };
  document.querySelector("#wallet").hidden = false;
}
