import type { Person } from "../../../../archive/chat-directory.ts";
import type { NameOf } from "../../../../chats/system-event.ts";
import { setParagraph } from "../type/paragraph.ts";
import type { Shaper } from "../type/shaper.ts";
import { personText } from "./head-texts.ts";
import { APART, text } from "./inlines.ts";
import type { Row } from "./row.ts";
import { FACT, LEADING, MANY_PEOPLE } from "./styles.ts";

/** More people than these stand two in a row and in small type. */
const FEW = 20;
/** Points. */
const GUTTER = 10;
const HANG = 10;

export interface People {
  readonly people: readonly Person[];
  readonly nameOf: NameOf;
  readonly shaper: Shaper;
}

/** Each person in lines of their own, so that no name passes for two. */
export function peopleRows({ people, nameOf, shaper }: People, width: number): Row[] {
  const columns = people.length > FEW ? 2 : 1;
  const style = columns > 1 ? MANY_PEOPLE : FACT;
  const room = width / columns;
  const linesOf = ({ id, name = nameOf(id), address }: Person) => {
    const said = name === undefined && address === undefined ? id : personText(name, address);
    return setParagraph(shaper, text(`${APART}${said}`, style), room - GUTTER - HANG);
  };
  const leading = style.size * LEADING;
  return Array.from({ length: Math.ceil(people.length / columns) }, (_, at): Row => {
    const beside = people.slice(at * columns, (at + 1) * columns).map(linesOf);
    return {
      height: leading * Math.max(...beside.map(({ length }) => length)),
      paint: (page, x, top) =>
        beside.forEach((lines, column) =>
          lines.forEach((line, number) => {
            const left = x + column * room + (number > 0 ? HANG : 0);
            page.text(line, left, top - number * leading - style.size * 1.08);
          }),
        ),
    };
  });
}
