/**
 * Where each kernel is the fastest of those that a CPU runs. A CPU that runs one kernel of the list runs
 * all after it, so it is judged among those: on the newest CPU, then on one without its instruction
 * sets, and so on.
 */

/** How many times as fast as the next a kernel must be: less is noise. */
const WIN_MIN = 1.03;

/**
 * The cases of each kernel on the newest CPU, and those that it has besides on a CPU that runs nothing newer
 * than it: all of them, where that is every case.
 * @returns {{ name: string, needs: string, newest: object[], own: object[] }[]}
 */
export function winsOfKernels({ kernels, shapes }) {
  return kernels.map(({ name, needs }) => {
    const on = (first) => {
      const names = kernels.slice(first).map((each) => each.name);
      return shapes.flatMap((shape) => winsOn(shape, names, name));
    };
    const newest = on(0);
    const own = on(kernels.findIndex((each) => each.needs === needs));
    const cases = shapes.reduce((sum, { calls }) => sum + calls.length, 0);
    const isKnown = (win) =>
      newest.some(({ forest, rows }) => forest === win.forest && rows === win.rows);
    const gained = own.filter((win) => !isKnown(win));
    return { name, needs, newest, own: gained.length > 0 && own.length === cases ? own : gained };
  });
}

/** A sentence for each kernel that should not be there. */
export function superfluousKernels(results) {
  return winsOfKernels(results)
    .filter(({ newest, own }) => newest.length + own.length === 0)
    .map(({ name }) => `no case was measured where the kernel ${name} is the fastest`);
}

function winsOn({ name: forest, calls }, names, kernel) {
  return calls.flatMap(({ rows, kernels }) => {
    const [first, next] = kernels
      .filter((each) => names.includes(each.kernel))
      .toSorted((a, b) => a.nsPerRow - b.nsPerRow);
    if (first?.kernel !== kernel) return [];
    // Alone among those of its CPU it is the fastest without a comparison.
    if (next === undefined) return [{ forest, rows, times: null }];
    const times = next.nsPerRow / first.nsPerRow;
    return times >= WIN_MIN ? [{ forest, rows, times: Number(times.toFixed(2)) }] : [];
  });
}
