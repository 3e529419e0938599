/** What this host leaves out on purpose, by the names of the recorded exchanges, with the reason. See docs/local-host.md. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/^03[78]-auth|^04[2-5]-auth|-nokey$|-badkey$/, "Keys are not checked: the host serves this machine only."],
  [/^(089|090)-root/, "The welcome page of Azure is not shown."],
  [/^http2-stream\//, "HTTP streaming opens a port on every interface of the machine."],
  [
    /\/(020-slow-timeout|02[1-8]-)/,
    "There is no functionTimeout, and no second worker to take over from a broken one.",
  ],
  [/^16[34]-rewind/, "Failed orchestrations are not rewound."],
  [/^14[45]-ch1/, "The answer holds the headers of the server that was asked."],
  [/^141-nd1-history/, "The real one cannot show this history (an error of its own)."],
  [/^320-wrong-conn/, "There is one storage, whatever the connection's name."],
  [/^(058|074|361|381|382)-/, "The local host is too quick to be caught in between."],
  [/^018-start-id-space/, "The links that the real one gives for an id with a space lead nowhere."],
];

/** @returns why the exchange of this name is not compared; undefined: it is */
export const leftOut = (name: string): string | undefined => reasons.find(([pattern]) => pattern.test(name))?.[1];
