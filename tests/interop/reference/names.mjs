// What other people's software makes of ENS names, asked over an ordinary JSON-RPC provider.
//
// `libraries` gives the published modules; ethers 6 is loaded at its first use.

export function nameOperations({ ethers, profile, messaging, loadEthers6 }) {
  const providers = new Map();

  function remembered(key, make) {
    if (!providers.has(key)) providers.set(key, make());
    return providers.get(key);
  }

  // A custom network with a registry of its own; nothing else is told to either library.
  const network = ({ chainId, registry }) => ({ name: 'development', chainId, ensAddress: registry });

  const withEthers5 = (chain) =>
    remembered(`5 ${chain.rpcUrl} ${chain.registry}`, () =>
      new ethers.providers.StaticJsonRpcProvider(chain.rpcUrl, network(chain)),
    );

  const withEthers6 = (chain) =>
    remembered(`6 ${chain.rpcUrl} ${chain.registry}`, () => {
      const { JsonRpcProvider, Network } = loadEthers6();
      const known = Network.from(network(chain));
      return new JsonRpcProvider(chain.rpcUrl, known, { staticNetwork: known });
    });

  const told = (promise) =>
    promise.then(
      (value) => value ?? null,
      (error) => ({ error: String(error?.message ?? error) }),
    );

  // All that is asked of one name; what fails says so in its place.
  async function answers(provider, { name, keys = [], coins = [] }) {
    const resolver = await provider.getResolver(name);
    if (resolver === null) return null;
    const [address, ...found] = await Promise.all([
      told(provider.resolveName(name)),
      ...keys.map((key) => told(resolver.getText(key))),
      ...coins.map((coin) => told(resolver.getAddress(coin))),
    ]);
    return {
      resolver: resolver.address,
      address,
      texts: Object.fromEntries(keys.map((key, at) => [key, found[at]])),
      coins: Object.fromEntries(coins.map((coin, at) => [coin, found[keys.length + at]])),
    };
  }

  async function lookUp({ ethers: version, chain, questions, addresses = [] }) {
    const provider = version === 6 ? withEthers6(chain) : withEthers5(chain);
    return {
      names: await Promise.all(questions.map((question) => told(answers(provider, question)))),
      addresses: await Promise.all(addresses.map((one) => told(provider.lookupAddress(one)))),
    };
  }

  const unreachable = async (uri) => {
    throw Error(`nothing is to be fetched, but ${uri} is asked for`);
  };

  const service = (chain, name) =>
    profile.getDeliveryServiceProfile(name, withEthers5(chain), unreachable);

  // The library itself finds the receiver's profile and delivery service; it is given names only.
  async function writeByName({ chain, to, from, keys, text }) {
    const message = await messaging.createMessage(to, from, text, keys.signingKeyPair.privateKey);
    const { encryptedEnvelop, deliveryServiceUrl } = await messaging.createEnvelop(
      message,
      withEthers5(chain),
      keys,
      unreachable,
    );
    const answer = await fetch(`${deliveryServiceUrl}/rpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(messaging.createJsonRpcCallSubmitMessage(encryptedEnvelop, '')),
    });
    return { url: deliveryServiceUrl, status: answer.status, body: await answer.text() };
  }

  return {
    ethersVersions: () => [ethers.version, loadEthers6().version],
    lookUp,
    getUserProfile: ({ chain, name }) => profile.getUserProfile(withEthers5(chain), name),
    getDeliveryServiceProfile: ({ chain, name }) => service(chain, name),
    writeByName,
  };
}
