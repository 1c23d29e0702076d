/** Whose keys are whose: earlier ones that count again, what they have signed, and fingerprints. Loaded when needed. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { discard, isReplaced, keptApart, printsOf, takeBack } from "../../client/parts/seen.ts";
import { fingerprint } from "../../protocol/crypto/fingerprint.ts";
import { contentOf } from "../../protocol/wire/index.ts";
import { withoutPiles } from "../combining_marks.ts";
import { shortName } from "../names.ts";
import { type EarlierStrings, earlierStringsFor } from "../strings/earlier/index.ts";
import { filled } from "../strings/index.ts";
import { useShown } from "./context.ts";
import { look } from "./look.ts";

look(`
.apart { margin: 0; padding: 8px 14px; font-size: 13px; border-block-start: 1px solid var(--line); max-block-size: 40%; overflow: auto; }
.apart p { margin: 0 0 4px; }
.apart ul { margin: 0; padding: 0; list-style: none; }
.apart li { margin-block-start: 6px; padding-inline-start: 8px; border-inline-start: 3px solid var(--danger); overflow-wrap: anywhere; }
.apart time { color: var(--muted); }
.apart button { border: 0; padding: 0; background: none; text-decoration: underline; color: inherit; }
.apart .problem button { display: block; margin-block: 4px 8px; }
.apart li span { display: block; white-space: pre-wrap; }
.keys { margin-block: 14px; font-size: 13px; }
.keys p { margin: 0 0 6px; }
.keys code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
`);

const LONGEST = 2_000;

/** That the peer has earlier keys again, or that something was signed with such: the user decides. */
export function Earlier({ peer }: { peer: string }): JSX.Element {
  const { session, language } = useShown();
  const strings = useStrings(language);
  const { client } = session;
  const apart = keptApart(client.state, peer);
  // On a phone there is no room for a panel and this.
  if (strings === undefined || session.screen.panel) return <></>;
  const name = shortName(peer);
  const time = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" });
  const meant = async () => {
    await takeBack(client, peer, Date.now());
    await client.sendNow();
  };
  return (
    <section class="apart">
      {isReplaced(client.state, peer) && (
        <p class="problem" role="alert">
          {filled(strings.what, { name, keys: printsOf(client.state, peer).again ?? "–" })}{" "}
          <button type="button" onClick={() => void session.attempt(meant)}>
            {strings.takeBack}
          </button>
        </p>
      )}
      {apart.length > 0 && (
        <>
          <p role="status">{filled(strings.apart, { name })}</p>
          <ul>
            {apart.map(({ hash, text, at }) => (
              <li key={hash}>
                <span dir="auto">{beginningOf(contentOf(text).content ?? "") || strings.linking}</span>
                <time dateTime={new Date(at).toISOString()}>{time.format(at)}</time>{" "}
                <button type="button" onClick={() => void session.attempt(() => discard(client.kept, peer, hash))}>
                  {strings.discard}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** The fingerprints of one's own keys and of those of whom one writes to. */
export function Keys(): JSX.Element {
  const { session, language } = useShown();
  const strings = useStrings(language);
  const { peer } = session.screen;
  const { client } = session;
  useEffect(() => {
    // What an earlier version has remembered of it tells no keys.
    if (peer !== undefined) client.directory.find(peer).catch(() => undefined);
  }, [peer]);
  if (strings === undefined || client.profile === undefined) return <></>;
  const theirs = peer === undefined ? undefined : printsOf(client.state, peer).inForce;
  return (
    <section class="keys">
      <p>{strings.compare}</p>
      <p>{withKeys(strings.mine, "", fingerprint(client.profile.signed.profile))}</p>
      {theirs !== undefined && <p>{withKeys(strings.theirs, shortName(peer!), theirs)}</p>}
    </section>
  );
}

function beginningOf(text: string): string {
  return withoutPiles(text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text);
}

function withKeys(sentence: string, name: string, keys: string): JSX.Element {
  return (
    <>
      {filled(sentence, { name, keys: "" })}
      <code dir="ltr">{keys}</code>
    </>
  );
}

function useStrings(language: string): EarlierStrings | undefined {
  const [strings, setStrings] = useState<EarlierStrings | undefined>(undefined);
  useEffect(() => void earlierStringsFor(language).then(setStrings), [language]);
  return strings;
}
