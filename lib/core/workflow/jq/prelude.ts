/** The functions of jq that are written in jq, in the order in which they use each other. */
export const PRELUDE = `
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def finites: select(isinfinite or isnan | not);
def normals: select(isnormal);
def map_values(f): .[] |= f;
def with_entries(f): to_entries | map(f) | from_entries;
def recurse(f; cond): recurse(f | select(cond));
def while(cond; step): def loop: if cond then ., (step | loop) else empty end; loop;
def repeat(f): def loop: ., (f | loop); loop;
def first: .[0];
def last: .[-1];
def last(f): reduce f as $each (null; $each);
def skip($n; f): if $n > 0 then foreach f as $each ($n; . - 1; if . < 0 then $each else empty end) else f end;
def nth($n): .[$n];
def nth($n; f): if $n < 0 then error("Out of bounds negative array index") else first(skip($n; f)) end;
def in(xs): . as $key | xs | has($key);
def inside(xs): . as $part | xs | contains($part);
def add(f): reduce f as $each (null; . + $each);
def any: any(.[]; .);
def all: all(.[]; .);
def any(f): any(.[]; f);
def all(f): all(.[]; f);
def min: min_by(.);
def max: max_by(.);
def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0);
def leaf_paths: paths(scalars);
def toarray: if type == "array" then . else [.] end;
def walk(f):
  def inner: if type == "object" then map_values(inner) elif type == "array" then map(inner) else . end | f;
  inner;
def indices($part): _indices($part);
def index($part): _indices($part) | .[0];
def rindex($part): _indices($part) | .[-1];
def combinations:
  if length == 0 then [] else .[0][] as $head | (.[1:] | combinations) as $tail | [$head] + $tail end;
def combinations($n): . as $set | [range($n)] | map($set) | combinations;
def trimstr($part): ltrimstr($part) | rtrimstr($part);
def _args($re; $flags): if ($re | type) == "array" then $re else [$re, $flags] end;
def _matches($re; $flags): _args($re; $flags) as [$r, $f] | _match($r; $f);
def _matches_all($re; $flags): _args($re; $flags) as [$r, $f] | _match_all($r; $f);
def _captured: [.captures[] | select(.name != null) | {key: .name, value: .string}] | from_entries;
def match($re; $flags): _matches($re; $flags)[];
def match($re): _matches($re; null)[];
def test($re; $flags): _matches($re; $flags) | length > 0;
def test($re): _matches($re; null) | length > 0;
def capture($re; $flags): match($re; $flags) | _captured;
def capture($re): match($re; null) | _captured;
def scan($re; $flags): _matches_all($re; $flags)[]
  | if (.captures | length) > 0 then [.captures[].string] else .string end;
def scan($re): scan($re; null);
def split($re; $flags): . as $text
  | [foreach (_matches_all($re; $flags)[], null) as $m ({from: 0, out: null};
      if $m == null then .out = $text[.from:]
      else .out = $text[.from:$m.offset] | .from = $m.offset + $m.length end;
      .out)];
def splits($re; $flags): split($re; $flags)[];
def splits($re): split($re; null)[];
def _sub($found; f): . as $text
  | def go($i; $from; $out):
      if $i == ($found | length) then $out + $text[$from:]
      else $found[$i] as $m
        | ($m | _captured | f) as $new
        | if ($new | type) != "string" then error("a replacement must be a string") else . end
        | go($i + 1; $m.offset + $m.length; $out + $text[$from:$m.offset] + $new)
      end;
  go(0; 0; "");
def sub($re; f; $flags): _sub(_matches($re; $flags); f);
def sub($re; f): sub($re; f; null);
def gsub($re; f; $flags): _sub(_matches_all($re; $flags); f);
def gsub($re; f): gsub($re; f; null);
def tostream: path(def inner: (.[]? | inner), .; inner) as $p
  | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def fromstream(f): {x: null, e: false} as $start
  | foreach f as $i ($start;
      if .e then $start else . end
      | if ($i | length) == 2
        then setpath(["e"]; ($i[0] | length) == 0) | setpath(["x"] + $i[0]; $i[1])
        else setpath(["e"]; ($i[0] | length) == 1) end;
      if .e then .x else empty end);
def INDEX(f; key): reduce f as $row ({}; .[$row | key | tostring] |= $row);
def INDEX(key): INDEX(.[]; key);
def IN(f): any(. == f; .);
def IN(source; f): any(source == f; .);
def have_literal_numbers: true;
def have_decnum: false;
def debug: .;
def debug(f): .;
def bsearch($target):
  def search($low; $high):
    if $low > $high then -1 - $low
    else ((($low + $high) / 2) | floor) as $mid
      | if .[$mid] == $target then $mid
        elif .[$mid] < $target then search($mid + 1; $high)
        else search($low; $mid - 1) end
    end;
  search(0; length - 1);
`;
