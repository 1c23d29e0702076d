// Hands the one-time token over: it stands behind the #, which browsers send to nobody.
const token = location.hash.slice(1);
history.replaceState(null, "", "/open");
const told = document.querySelector("#told");
const answer = token ? await fetch("/session", { method: "POST", body: token }) : null;
if (answer?.ok) location.replace("/");
else told.textContent = "This address was used already, or is another one. The program shows the one that counts now.";
export {};
