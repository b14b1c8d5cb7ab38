// How often is a property tried? The same number of times everywhere; a failure prints its seed and the smallest example.
import * as fc from "fast-check";

/** Fails unless the property holds for 1,000 random inputs. */
export function holds<Ts>(property: fc.IProperty<Ts>): void {
  void fc.assert(property, { numRuns: 1_000 });
}
