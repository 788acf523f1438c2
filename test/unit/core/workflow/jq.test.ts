// Guarantees: expressions mean what jq says they mean, and none can hold up the node.
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { JqLimitError, program } from '../../../../lib/core/workflow/jq/program.ts';
import type { Json } from '../../../../lib/core/workflow/jq/value.ts';

const { raw } = createRequire(import.meta.url)('jq-wasm') as {
  raw(input: string, program: string, flags: string[]): Promise<string>;
};

const SURROUNDINGS = { global: () => undefined, nowMs: 0 };
const INPUT: Json = {
  a: 1,
  b: { c: [1, 2, { d: 'x' }], e: null },
  s: 'Hello, World',
  list: [3, 1, 2],
  people: [
    { name: 'Ann', age: 31, tags: ['x', 'y'] },
    { name: 'Bob', age: 22, tags: [] },
    { name: 'Cy', age: 31, tags: ['y'] },
  ],
  t: true,
  n: null,
  u: 'žluťoučký 😀 kůň',
  neg: -2.5,
};

const PROGRAMS = `
. | keys
.a, .b.c[0], .b["e"], .missing
.b.c[-1].d
.list[1:], .list[:-1], .s[0:5], .u[10:11]
.people[] | .name
[.people[] | select(.age > 30) | .name]
.people | map({name, old: (.age > 30)})
{a, "k": 2, (.s): 3, "x\\(.a)": 4}
{(.people[].name): 1}
[.list[] as $x | .list[] as $y | $x * $y]
. as {a: $x, b: {c: [$y, $z]}} | [$x, $y, $z]
.people[] as {name: $n, tags: [$first]} | [$n, $first]
[.[] as [$p] ?// $p | $p] | length
reduce .list[] as $x (0; . + $x)
[foreach .list[] as $x (0; . + $x)]
[foreach .list[] as $x (0; . + $x; [$x, .])]
[limit(2; .list[])], [first(.list[])], first(empty), [nth(1; .list[])]
[range(5)], [range(2; 8; 3)], [range(5; 0; -2)]
if .a == 1 then "one" elif .a == 2 then "two" else "many" end
if .n then 1 end
.n // "d", .a // "d", (empty // 3), [(.list[] | select(. > 5)) // 9]
.a + 1, .s + "!", .list + [4], .b + {z: 1}, null + 1
.list - [1], .a - 3, .a * 3, "ab" * 2, 7 / 2, 7 % 3, -7 % 3, 5.9 % 3
{a: {b: 1}} * {a: {c: 2}}
.s / ", "
.a == 1.0, .list == [3, 1, 2], [1] < [1, 2], {} < [], null < false, "a" < "b"
(.a == 1 and .t) or false, (true and (true, false))
try error("x") catch ., try (1 | keys) catch "no", (.a.b? // "none"), [.[] | tonumber?]
try error({a: 1}) catch .a
[.. | numbers]
[paths] | length
[paths(type == "number")]
[path(.b.c[])], path(.a), [path(..)] | length
getpath(["b", "c", 2, "d"]), getpath(["x", "y"])
setpath(["b", "c", 0]; 9) | .b
del(.b.c[0, 1], .people, .s) | .b
delpaths([["a"], ["b", "e"]]) | keys
to_entries | map(.key)
with_entries(select(.value | type == "number"))
.a |= . + 1 | .a
.list[] += 10 | .list
.list |= map(. * 2) | .list
.b.c[2].d = "y" | .b
.b.new.deep = 1 | .b
.n //= 5 | .n
(.a, .neg) = 7 | [.a, .neg]
.list[1:] = [9] | .list
[.list[] |= empty] | length
.people |= sort_by(.age) | .people | map(.name)
.people | group_by(.age) | map(length)
.people | unique_by(.age) | map(.name)
.people | min_by(.age).name, max_by(.age).name
.people | any(.age > 30), all(.age > 30)
.list | sort, reverse, add, min, max, length, unique, index(1), indices(2)
[[1, [2]], [3]] | flatten, flatten(1), transpose
[[1, 2], [3, 4]] | combinations
.s | length, ascii_downcase, ascii_upcase, explode[0:3], test("hello"; "i"), ltrimstr("Hello"), rtrimstr("World")
.u | length, utf8bytelength, explode[10]
.s | split(", "), split("l+"; null), startswith("He"), endswith("x"), index("o"), indices("l")
.s | [match("o"; "g").offset], capture("(?<first>[A-Z])\\\\w+"), [scan("[A-Z]")], [scan("(.)o")]
.s | sub("o"; "0"), gsub("o"; "0"), gsub("(?<v>[aeiou])"; "<\\(.v)>"), gsub("[A-Z]"; "")
.s | ascii, @base64 ? // 1
.s | @base64, (@base64 | @base64d), @uri, @html, @json, @text, @sh
[1, "a,b", null, true] | @csv, @tsv, @json
@html "<b>\\(.s)</b>", @uri "?q=\\(.s)"
tojson | fromjson | .a
[.list | tostring, (.[0] | tostring)], ("12" | tonumber), (.list | join("-"))
.list | contains([1]), inside([1, 2, 3, 4]), (.[0] | IN(1, 3))
.b | contains({c: [1]}), has("c"), has("z"), (["c"] | inside(["c", "d"]))
[splits("a")?], ("a1b22c" | [splits("[0-9]+")])
walk(if type == "number" then . + 1 else . end) | .list
[.[] | type], [.[] | scalars] , (.people | map(has("name")))
def inc(f): f + 1; inc(.a), ([.list[] | inc(.)])
def f($x; $y): $x * $y; f(2; 3)
def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 6 | fac
[label $out | .list[] | if . == 1 then ., break $out else . end]
[.list[] | until(. > 10; . * 2)], [1 | while(. < 10; . * 3)]
[recurse(if . < 3 then . + 1 else empty end)?], (2 | [recurse(if . < 4 then . + 1 else empty end)])
(1, null) | tojson, isvalid(1)?
[.list[] | floor, sqrt | floor], (.neg | fabs, ceil, floor, round), pow(2; 10), (10 | log10)
infinite | floor | . > 1, (nan | isnan), ([nan] | sort | length)
0 | todate, gmtime, (gmtime | mktime), strftime("%Y-%m-%dT%H:%M:%SZ")
"2015-03-05T23:51:47Z" | fromdate, strptime("%Y-%m-%dT%H:%M:%SZ"), fromdateiso8601
[tostream] | length, ([1, [2]] | [tostream]), fromstream(1 | tostream)
.people | INDEX(.name) | keys
[.people[] | .tags | first, last] , ([] | first, last)
ltrimstr(1) | .a, ({} | add), ([] | add), ("x" | ltrimstr("y"))
isempty(empty), isempty(1), ([.list[] | not] | length), (.list | bsearch(2))
.a as $x | [.list[] | . + $x] | add as $s | {$x, $s}
"\\(1 + 2) and \\("in \\(.s)")"
([.[]?] | length), ([.a[]?] | length), (try (.a | .[]) catch "err"), (.s[]? // "none")
$__loc__.line, ({} | .a.b.c), ({} | .["a"]?), ([[1]] | .[0][0])
.people | (map(.tags | length) | add / 2), (.[0] | .name as $n | "is \\($n)")
reduce (1, 2, 3) as $x ([]; . + [$x]) | .[-2:], .[1:2]
pick(.b.c[1], .a), ({"if": 1, and: 2} | .if + .and)
.. |= (if type == "string" then "s" else . end) | .s, .people[0]
limit(0; 1, 2), [limit(1; 1, error("never"))], getpath(["a"])
[.people[] | {name} + {first: .tags[0]}] | from_entries?
splits?, ([["a", 1], ["b", 2]] | map({key: .[0], value: .[1]}) | from_entries)
`
  .trim()
  .split('\n');

const ours = (source: string, input: Json): string[] => {
  try {
    return program(source)
      .all(input, SURROUNDINGS)
      .map(each => JSON.stringify(each));
  } catch (error) {
    return [`error ${error instanceof Error && error.name === 'JqSyntaxError' ? 'syntax' : 'run'}`];
  }
};

const theirs = async (source: string, input: Json): Promise<string[]> => {
  try {
    const text = await raw(JSON.stringify(input), source, ['-c']);
    return text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.stringify(JSON.parse(line)));
  } catch (error) {
    return [`error ${/compile error/.test(String(error)) ? 'syntax' : 'run'}`];
  }
};

describe('jq', () => {
  for (const source of PROGRAMS)
    it(`answers as jq does: ${source}`, async () => {
      expect(ours(source, INPUT)).to.deep.equal(await theirs(source, INPUT));
    });

  const ENDLESS = [
    'last(range(1e12))',
    'def f: f; f',
    'def f: [f]; f',
    '[range(1e9)]',
    'reduce range(100) as $i ([1]; . + .) | length',
    'reduce range(100) as $i ("x"; . + .) | length',
    'reduce range(60) as $i (1; [., .])',
    'reduce range(60) as $i (1; [., .]) | tojson',
    '"x" * 1e9',
    '[limit(1000000; repeat("x"))]',
    'until(false; . + 1)',
    '[combinations(20)]',
    '("a" * 100000) | [match("(a*)*b"; "g")]',
  ];
  for (const source of ENDLESS)
    it(`stops ${source}`, () => {
      const start = performance.now();
      const evaluate = () => program(source).all([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], SURROUNDINGS);
      try {
        evaluate();
      } catch (error) {
        expect(error, String(error)).to.satisfy(
          (each: Error) => each instanceof JqLimitError || each.name === 'JqError',
        );
      }
      expect(performance.now() - start).to.be.lessThan(2_000);
    });

  it('has no clock, environment or input of its own', () => {
    for (const source of ['$ENV', 'env', 'input', 'inputs', 'input_filename', 'halt'])
      expect(ours(source, null), source).to.deep.equal(['error syntax']);
    expect(ours('now', null)).to.deep.equal(['0']);
  });

  it('keeps __proto__ a key like any other', () => {
    const made = program('{"__proto__": {"polluted": 1}} + {b: 2}').first(null, SURROUNDINGS);
    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    expect(Object.keys(made as object)).to.deep.equal(['__proto__', 'b']);
  });
});
