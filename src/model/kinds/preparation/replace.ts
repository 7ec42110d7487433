import { categoryKey } from '../../../schema/encode.ts';
import { type Kind, checkLength, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { ReplaceStage } from '../../stages.ts';
import { renamed } from '../../values.ts';

export const replace: Kind<ReplaceStage> = {
  parameters: { from: 'values', to: 'values' },
  parts(stage) {
    checkLength(stage, 'values to replace', stage.from);
    checkLength(stage, 'replacements', stage.to);
    return elementwise(stage.inputs, (at) => {
      const from = stage.from[at]!;
      const to = stage.to[at]!;
      refuseUnless(from !== null && to !== null, 'A stage (replace) replaces a missing value.');
      const [search, result] = [Number(categoryKey(from)), Number(categoryKey(to))];
      return {
        lower: (value, { fields }) =>
          value.kind === 'field' && fields[value.field]!.type === 'text'
            ? renamed(value, from, to)
            : null,
        compute: (x) => (x === search ? result : x),
      };
    });
  },
};
