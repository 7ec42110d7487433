import type { Category } from '../../schema/fields.ts';
import type { PackedArray } from './arrays.ts';
import { categoriesMessage, categoryFrom, present } from './category-messages.ts';
import { quoted } from '../check.ts';
import type { ParameterBase, ParameterType } from '../kinds/kind.ts';
import { KINDS } from '../kinds/table.ts';
import type { ParameterMessage, StageMessage } from './messages.ts';
import { keepNewer, newerOf } from './unknown-fields.ts';
import { refuse } from '../refuse.ts';
import type { Stage } from '../stages.ts';

/** Puts an array among the package's arrays and returns its number. */
export type PutArray = (array: PackedArray) => number;

/** An array of the package by its number, which must be of the type. */
export type TakeArray = <T extends PackedArray>(
  at: number,
  type: abstract new (length: number) => T,
) => T;

type Content = Omit<ParameterMessage, 'name'>;
type Lists = readonly (readonly (Category | null)[])[];

/** How each type of parameter is stored: what a package holds is checked for its type, no further. */
const TYPES: {
  readonly [Type in ParameterBase]: {
    readonly write: (value: never, put: PutArray) => Content;
    readonly read: (content: Partial<Content>, take: TakeArray) => unknown;
  };
} = {
  number: { write: (number: number) => ({ number }), read: ({ number }) => number },
  text: { write: (text: string) => ({ text }), read: ({ text }) => text },
  flag: { write: (flag: boolean) => ({ flag }), read: ({ flag }) => flag },
  numbers: {
    write: (numbers: Float64Array, put) => ({ array: put(numbers) }),
    read: ({ array }, take) => (array === undefined ? undefined : take(array, Float64Array)),
  },
  integers: {
    write: (integers: Uint32Array, put) => ({ array: put(integers) }),
    read: ({ array }, take) => (array === undefined ? undefined : take(array, Uint32Array)),
  },
  values: {
    write: (values: readonly (Category | null)[]) => ({ values: categoriesMessage(values) }),
    read: ({ values }) => values?.values!.map(categoryFrom),
  },
  lists: {
    write: (lists: Lists) => ({ lists: { lists: lists.map(categoriesMessage) } }),
    read: ({ lists }) => lists?.lists!.map((list) => list.values!.map(categoryFrom)),
  },
};

/** The name in packages of a stage of trees whose sums are float32. */
export const TREES_IN_FLOAT32 = 'treesInFloat32';

export function stageMessage(stage: Stage, put: PutArray): StageMessage {
  const values = new Map<string, unknown>(Object.entries(stage));
  const parameters = parametersOf(stage.kind)
    .filter(([name]) => values.get(name) !== null)
    .map(([name, type]) => {
      const content = TYPES[baseOf(type)].write(values.get(name) as never, put);
      return Object.assign({ name }, content);
    });
  return { kind: stage.kind, inputs: [...stage.inputs], parameters, ...newerOf(stage) };
}

/** A stage whose parameters are there and of their types; what they mean is checked by its kind. */
export function stageFrom(message: StageMessage, at: number, take: TakeArray): Stage {
  const kind = message.kind === TREES_IN_FLOAT32 ? 'trees' : message.kind;
  if (!Object.hasOwn(KINDS, kind)) {
    refuse(`Stage ${at} of the package is ${quoted(kind)}, a kind that needs a newer Thicket.`);
  }
  const given = new Map(message.parameters!.map((parameter) => [parameter.name, parameter]));
  const parameters = parametersOf(kind as Stage['kind']).map(([name, type]) => {
    const parameter = given.get(name);
    given.delete(name);
    const value =
      parameter === undefined ? undefined : TYPES[baseOf(type)].read(present(parameter), take);
    if (value === undefined && (parameter !== undefined || !type.endsWith('?'))) {
      refuse(`Stage ${at} of the package (${kind}) lacks its ${name}.`);
    }
    return [name, value ?? null];
  });
  const [unknown] = given.keys();
  if (unknown !== undefined) {
    refuse(
      `Stage ${at} of the package (${kind}) has a parameter ${quoted(unknown)} that needs a newer Thicket.`,
    );
  }
  const stage = { kind, inputs: [...message.inputs!], ...Object.fromEntries(parameters) };
  return keepNewer(message, stage as Stage);
}

function parametersOf(kind: Stage['kind']): [string, ParameterType][] {
  return Object.entries(KINDS[kind].parameters);
}

function baseOf(type: ParameterType): ParameterBase {
  return (type.endsWith('?') ? type.slice(0, -1) : type) as ParameterBase;
}
