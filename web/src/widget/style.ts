/** The widget's style sheet. Each text colour keeps 4.5 : 1 on its surface, in both schemes. */
const LIGHT =
  '--panel:#fffdf8;--raised:#fff;--sunken:#f1ede1;--line:#e3ddcc;--edge:#8a8674;--ink:#20281f;--soft:#4c5549;--accent:#24593f;--on:#fff;--tint:#e2eee3;--bad:#9c2f22;--notice:#6d4a06;--note:#fcf1d6';
const DARK =
  '--panel:#141b17;--raised:#1b241f;--sunken:#222d26;--line:#2b372f;--edge:#748578;--ink:#e9efe8;--soft:#bfcabf;--accent:#8fd0a9;--on:#0c2016;--tint:#20382b;--bad:#f2a99c;--notice:#f0cd84;--note:#362a10';

export const STYLE = `
:host{all:initial;${LIGHT};color-scheme:light}
:host([scheme=dark]){${DARK};color-scheme:dark}
@media(prefers-color-scheme:dark){:host([scheme=auto]){${DARK};color-scheme:dark}}
*{box-sizing:border-box}
.root{position:fixed;z-index:2147483000;inset-block-end:max(1rem,env(safe-area-inset-bottom));inset-inline-end:1rem;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:var(--ink)}
:host([side=left]) .root{inset-inline:1rem auto}
button{font:inherit;color:inherit;cursor:pointer;background:none;border:0;border-radius:999px;min-width:44px;min-height:44px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round;vertical-align:middle}
.launch{display:flex;gap:.6rem;align-items:center;padding:.75rem 1.25rem;background:var(--accent);color:var(--on);font-weight:600;box-shadow:0 6px 24px #0003}
.panel{display:flex;flex-direction:column;width:24rem;max-width:calc(100vw - 2rem);height:min(38rem,calc(100dvh - 2rem));background:var(--panel);border:1px solid var(--line);border-radius:1.25rem;overflow:hidden;box-shadow:0 10px 40px #0004}
@media(max-width:480px){:host([open]) .root{inset:0}.panel{width:100%;max-width:none;height:100dvh;border:0;border-radius:0}}
[hidden]{display:none!important}
header{display:flex;align-items:center;gap:.25rem;padding:.5rem .5rem .5rem 1rem;border-bottom:1px solid var(--line)}
h2{flex:1;min-width:0;margin:0;font-size:1rem;line-height:1.3}
header button:hover{background:var(--sunken)}
.log{flex:1;min-height:0;overflow-y:auto;padding:1rem;overscroll-behavior:contain;overflow-wrap:anywhere}
.log:focus-visible{outline-offset:-3px}
.log ol.entries{list-style:none;margin:0;padding:0;display:flex;flex-direction:column;gap:.75rem}
.hello{margin:0 0 .75rem}
.suggest{display:flex;flex-wrap:wrap;gap:.5rem;margin:0 0 1rem}
.suggest button{border:1px solid var(--edge);padding:.25rem .9rem;text-align:left;border-radius:1rem}
.suggest button:hover{border-color:var(--accent)}
.entry{max-width:90%;width:fit-content;padding:.6rem .9rem;border-radius:1rem;background:var(--raised);border:1px solid var(--line)}
.entry.user{align-self:flex-end;background:var(--accent);color:var(--on);border-color:transparent;white-space:pre-wrap}
.entry p,.entry ul,.entry ol,.entry pre{margin:.4rem 0}
.entry>:first-child,.entry>.text>:first-child{margin-top:0}
.entry>:last-child,.entry>.text>:last-child{margin-bottom:0}
.entry ul,.entry ol{padding-left:1.3rem}
.entry pre,.entry code{white-space:pre-wrap;background:var(--sunken);border-radius:.3rem;padding:0 .25rem}
a{color:var(--accent)}
.cite{min-width:24px;min-height:24px;padding:0 .3rem;margin:0 .1rem;background:var(--tint);color:var(--accent);font-size:.8rem;font-weight:600}
.sources{border-top:1px solid var(--line);padding-top:.4rem;font-size:.9rem;color:var(--soft)}
.sources ol{list-style:none;padding:0;margin:.2rem 0 0}
.thumbs{display:flex;align-items:center;margin-top:.2rem;font-size:.8rem;color:var(--soft)}
.thumbs button{min-width:30px;min-height:30px;padding:0;color:var(--soft)}
.thumbs button:hover,.thumbs [aria-pressed=true]{color:var(--accent)}
.thumbs svg{width:16px;height:16px}
.thumbs .down svg{transform:rotate(180deg)}
summary{cursor:pointer;min-height:28px;padding:.15rem .2rem}
blockquote{margin:.2rem 0 .5rem .5rem;padding-left:.75rem;border-left:2px solid var(--accent);white-space:pre-line}
.step,.state{color:var(--soft);font-size:.875rem;margin:0}
.who{font-weight:600;color:var(--notice)}
.failed{align-self:flex-end;color:var(--bad);font-size:.9rem}
.failed button{border:1px solid var(--edge);color:var(--ink);padding:0 .9rem;margin-left:.5rem}
.banner{margin:0;padding:.6rem 1rem;background:var(--note);color:var(--notice);font-size:.9rem}
form{display:flex;gap:.5rem;align-items:flex-end;padding:.75rem;border-top:1px solid var(--line)}
textarea{flex:1;min-width:0;min-height:44px;max-height:9rem;field-sizing:content;resize:none;font:inherit;color:inherit;background:var(--raised);border:1px solid var(--edge);border-radius:1.25rem;padding:.55rem .9rem}
textarea::placeholder{color:var(--soft);opacity:1}
form button{background:var(--accent);color:var(--on)}
form [aria-disabled=true]{opacity:.5}
.files{list-style:none;margin:0;padding:.5rem .75rem 0;display:flex;flex-wrap:wrap;gap:.5rem}
.files li{display:flex;align-items:center;gap:.4rem;max-width:100%;padding-left:.7rem;border:1px solid var(--edge);border-radius:999px;font-size:.875rem}
.files .name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:11rem}
.files progress{width:4rem;accent-color:var(--accent)}
.files button{min-width:36px;min-height:36px}
.told{margin:0;padding:0 1rem;color:var(--bad);font-size:.875rem}
.told:not(:empty){padding-top:.5rem}
.sent{list-style:none;padding:0!important;font-size:.875rem;font-style:italic;overflow-wrap:anywhere}
.log>.suggest:last-child{margin:.75rem 0 0;justify-content:flex-end}
form .halt{background:var(--sunken);color:var(--ink);border:1px solid var(--edge)}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;margin:0}
@media(prefers-reduced-motion:no-preference){.panel{animation:rise .2s ease-out}}
@keyframes rise{from{opacity:0;transform:translateY(.6rem)}}
`;
