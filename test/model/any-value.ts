// Values of every type that can be stored, nested in each other.
import fc from 'fast-check'

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }), fc.boolean(), fc.integer(), fc.double(), fc.bigInt(), fc.constantFrom(null, undefined, -0, NaN, Infinity, -Infinity, '\ud800'),
  fc.date({ noInvalidDate: false }), fc.uint8Array({ maxLength: 8 }),
)
const fieldName = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('$type', 'value', 'toJSON', 'constructor', 'length', 'type')).filter(key => key !== '__proto__')
/** Fields that are undefined are left out, as JSON does; so none is made here. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true }, leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fieldName, tie('value').filter(value => value !== undefined), { maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map(entries => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map(values => new Set(values)),
  ),
})).value
