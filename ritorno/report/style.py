"""How the page looks: light, set in the fonts of the machine that reads it, one column on a phone, A4 in print."""

from ritorno.report import palette

_SHADES = "\n".join(
    f".s{step}{{background:{ground};color:{ink}}}"
    for step, (ground, ink) in enumerate(zip(palette.SHADES, palette.SHADE_INKS, strict=True))
)

CSS = f"""
:root{{--paper:{palette.PAPER};--card:{palette.CARD};--line:{palette.LINE};--ink:{palette.INK};
--soft:{palette.SOFT_INK};--accent:{palette.ACCENT};--banana:{palette.BANANA};--curve:{palette.CURVE};
--run:{palette.RUNNING};--warm:{palette.WARM};color-scheme:light}}
*{{box-sizing:border-box}}
html{{-webkit-text-size-adjust:100%}}
body{{margin:0 auto;max-width:70rem;padding:2.5rem clamp(1rem,4vw,3rem) 3rem;background:var(--paper);color:var(--ink);
font:400 1rem/1.55 "Segoe UI","SF Hebrew","Helvetica Neue","Noto Sans Hebrew","Noto Sans","Arial Hebrew",Arial,
sans-serif;font-variant-numeric:tabular-nums lining-nums}}
h1,h2,h3,p,ul,ol,dl,dd,figure{{margin:0;padding:0}}
ul,ol{{list-style:none}}
a{{color:inherit;text-decoration-color:var(--warm);text-decoration-thickness:2px;text-underline-offset:.2em}}
.kicker{{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;align-items:baseline;color:var(--soft);font-size:.94rem}}
.kicker>:first-child{{color:var(--ink);font-weight:700}}
.kicker time{{margin-inline-start:auto}}
h1{{margin-top:1.6rem;max-width:19em;font-size:clamp(1.9rem,5.4vw,3.3rem);font-weight:700;line-height:1.13;
letter-spacing:-.012em;text-wrap:balance}}
h2{{font-size:clamp(1.4rem,3vw,1.8rem);line-height:1.2;font-weight:700;letter-spacing:-.006em}}
h3{{font-size:1.02rem;line-height:1.3;font-weight:650}}
.lede{{max-width:44em;margin-top:.55rem;color:var(--soft);font-size:1.05rem;text-wrap:pretty}}
header .lede{{margin-top:1rem;color:var(--ink);font-size:1.15rem}}
.strip{{display:flex;flex-wrap:wrap;gap:1rem clamp(1.6rem,5vw,4rem);margin-top:2rem;padding-top:1.1rem;
border-top:2px solid var(--ink)}}
.strip div{{display:flex;flex-direction:column-reverse;justify-content:flex-end}}
.strip dt{{color:var(--soft);font-size:.88rem}}
.strip dd{{font-size:1.5rem;font-weight:650;line-height:1.2}}
section{{margin-top:4.2rem}}
.note,.small{{color:var(--soft);font-size:.92rem}}
.note{{margin-top:.9rem;max-width:46em}}
.warn{{border-inline-start:3px solid var(--warm);padding-inline-start:.8rem;color:var(--ink)}}
.code{{color:var(--soft);font-size:.8rem;letter-spacing:.02em}}
.unseen{{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}}
.legend{{display:flex;flex-wrap:wrap;gap:.25rem 1.3rem;margin-top:1.1rem;color:var(--soft);font-size:.88rem}}
.legend li{{display:flex;align-items:center;gap:.45rem}}
.legend span[class]{{display:inline-block;width:1.1rem;height:.7rem;border-radius:2px}}
.k-bar{{background:var(--banana)}}
.k-curve,.k-run{{height:0!important;border-top:3px solid var(--curve)}}
.k-run{{border-top:3px dashed var(--run)}}
.k-m3{{background:var(--ink)}}.k-m2{{background:#8a8577}}.k-m1{{background:#fff;outline:1px solid #8a8577}}

.beside{{display:grid;grid-template-columns:minmax(0,1fr);gap:1.4rem;align-items:center}}
.says{{display:grid;gap:.9rem}}
.says .note{{margin:0}}
.strong{{font-size:1.25rem;line-height:1.4;font-weight:650;text-wrap:balance}}
.chart{{display:block;width:100%;max-width:36rem;height:auto;margin:.6rem auto 0;direction:ltr;font-size:12px}}
.chart text{{fill:var(--ink)}}
.chart .t-axis{{fill:var(--soft);font-size:11px}}
.chart .t-name{{font-weight:700;font-size:14px}}
.chart .t-run{{fill:var(--run);font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:4px}}
.bar{{fill:var(--banana)}}
.grid{{stroke:var(--line)}}.base{{stroke:var(--ink)}}
.line-curve,.line-run{{fill:none;stroke:var(--curve);stroke-width:2.5;stroke-linejoin:round}}
.line-run{{stroke:var(--run);stroke-width:2;stroke-dasharray:5 4}}
.dot-curve{{fill:var(--paper);stroke:var(--curve);stroke-width:2}}.dot-run{{fill:var(--run)}}

details{{margin-top:1.1rem}}
summary{{display:inline-block;padding:.3rem 0;color:var(--accent);font-size:.92rem;cursor:pointer}}
summary::before{{content:"+";display:inline-block;width:1.1em;font-weight:700}}
[open]>summary::before{{content:"−"}}
.scrolls{{overflow-x:auto;margin-top:.6rem}}
.scrolls:focus-visible,summary:focus-visible,a:focus-visible{{outline:2px solid var(--accent);outline-offset:3px}}
.scrolls table{{border-collapse:collapse;min-width:100%;font-size:.9rem}}
.scrolls th,.scrolls td{{padding:.42rem .7rem;border-bottom:1px solid var(--line);text-align:start;font-weight:400;
white-space:nowrap}}
.scrolls thead th{{color:var(--soft);font-size:.82rem;vertical-align:bottom;white-space:normal;min-width:5.2em;
border-bottom-color:var(--ink)}}
.scrolls tbody th{{font-weight:600}}
.scrolls tr>:first-child{{padding-inline-start:0}}

.map{{width:100%;margin-top:1rem;border-spacing:4px;table-layout:fixed}}
.map th{{color:var(--soft);font-size:.82rem;font-weight:400;line-height:1.3}}
.map thead td,.map th[scope=row]{{width:5.4rem}}
.map th[scope=row]{{padding-inline-end:.5rem;text-align:right}}
.map td[class]{{padding:.8rem .9rem .7rem;border-radius:6px;vertical-align:top}}
.map td>*{{display:block}}
.map b{{font-size:1.5rem;line-height:1.15;font-weight:650}}
.map .share{{font-size:.85rem}}
.map .sum{{margin-top:.3rem;font-weight:600}}
.map small{{margin-top:.35rem;font-size:.8rem}}
.slivers{{display:flex!important;height:.5rem;margin-top:.5rem;border-radius:2px;overflow:hidden;
outline:1px solid #fff8}}
.slivers i{{display:block}}
.m3{{background:var(--ink)}}.m2{{background:#8a8577}}.m1{{background:#fff}}
{_SHADES}

.tiles{{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.9rem;margin-top:1.4rem}}
.tiles>li{{display:flex;flex-direction:column;padding:1rem 1.1rem 1.1rem;background:var(--card);
border:1px solid var(--line);border-top:4px solid var(--line);border-radius:6px}}
.tiles>.fresh{{border-top-color:var(--accent)}}.tiles>.warm{{border-top-color:var(--banana)}}
.tiles>.cold{{border-top-color:var(--warm)}}
.tiles h3{{display:flex;flex-wrap:wrap;gap:.2rem .6rem;align-items:center}}
.tiles em{{padding:.05rem .5rem;border-radius:1rem;background:var(--warm);color:#fff;font-size:.78rem;
font-style:normal;font-weight:600}}
bdi[dir=ltr]{{white-space:nowrap}}
.figure{{display:flex;flex-wrap:wrap;gap:0 .8rem;justify-content:space-between;align-items:baseline}}
.figure b{{font-size:1.9rem;font-weight:650;line-height:1.3}}
.plain li{{font-size:.92rem}}
.stake{{color:var(--warm);font-weight:600}}
.about{{margin-top:auto;padding-top:.8rem;font-size:.92rem;line-height:1.45;color:var(--soft)}}
.use{{display:block;color:var(--ink)}}

.cells{{direction:rtl;display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1.2rem;margin-top:1.2rem}}
.cells table{{direction:ltr;width:100%;border-spacing:3px;table-layout:fixed}}
.cells caption{{font-weight:700;text-align:center;padding-bottom:.2rem}}
.cells td{{padding:.45rem .5rem;text-align:left;border-radius:5px;vertical-align:top;font-size:.84rem;line-height:1.3}}
.cells td>*{{display:block}}
.cells .code{{color:inherit}}
.cells b{{font-size:1.15rem;font-weight:650}}
.cells small{{min-height:2.5em;margin-top:.15rem;font-size:.75rem;line-height:1.25}}
.cells small[dir=ltr]{{min-height:3.75em}}

.multiples{{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.6rem,1fr));gap:1.5rem 1.3rem;
margin-top:1.4rem}}
.multiples b{{font-size:1.3rem;font-weight:650;line-height:1.3}}
.multiples .small{{font-size:.82rem}}
.multiples li{{display:flex;flex-direction:column}}
.multiples h3{{margin-bottom:auto}}
.spark{{display:block;width:100%;height:2.9rem;direction:ltr;border-bottom:1px solid var(--ink)}}
.area{{fill:#c2dae0}}
.line-area{{fill:none;stroke:var(--accent);stroke-width:2;vector-effect:non-scaling-stroke}}
.keep{{margin-top:2.2rem}}
.flows{{display:grid;gap:.55rem;margin-top:.8rem;max-width:46rem}}
.flows li{{display:grid;grid-template-columns:17rem minmax(0,1fr) 3.5rem;gap:.8rem;align-items:center;font-size:.94rem}}
.flows i{{display:block;height:.7rem;min-width:2px;background:#9cc6d2;border-radius:0 2px 2px 0}}
[dir=rtl] .flows i{{border-radius:2px 0 0 2px}}
.flows b{{font-weight:600;text-align:end}}

.two{{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:2rem 3rem;margin-top:1.2rem}}
.spaced{{display:grid;gap:.45rem;margin-top:.7rem;color:var(--soft)}}
.spaced li:first-child{{color:var(--ink)}}
footer{{margin-top:4rem;padding-top:.9rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}}

@media (min-width:52rem){{
.beside{{grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:3rem}}
.chart{{font-size:10px}}.chart .t-axis{{font-size:9px}}.chart .t-name{{font-size:12px}}
}}
@media (max-width:34rem){{
body{{padding-top:1.4rem}}
section{{margin-top:3.2rem}}
.kicker time{{margin-inline-start:0;flex-basis:100%}}
.strip{{display:grid;grid-template-columns:1fr 1fr}}
.strip dd{{font-size:1.3rem}}
.map{{border-spacing:3px}}
.map thead td,.map th[scope=row]{{width:3.9rem}}
.map th{{font-size:.72rem}}
.map th[scope=row]{{padding-inline-end:.2rem}}
.map td[class]{{padding:.55rem .5rem}}
.map b{{font-size:1.2rem}}
.map .sum{{font-size:.86rem}}
.tiles{{grid-template-columns:1fr}}
.tiles>li{{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 .8rem}}
.tiles>li>*{{grid-column:1/-1}}
.tiles .code,.tiles h3{{grid-column:1}}
.tiles .figure{{grid-column:2;grid-row:1/4;flex-direction:column;align-items:end;justify-content:start}}
.tiles .plain{{grid-column:1}}
.multiples{{grid-template-columns:1fr 1fr;gap:1.4rem 1.1rem}}
.flows li{{grid-template-columns:minmax(0,1fr) 3.5rem;gap:.1rem .6rem}}
.flows li span{{grid-column:1/-1}}
}}
@media print{{
@page{{size:A4;margin:14mm 13mm}}
:root{{--paper:#fff}}
*{{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
html{{font-size:8.6pt}}
body{{max-width:none;padding:0}}
h1{{max-width:none;font-size:22pt;margin-top:5mm}}
.lede{{max-width:none}}
section{{margin-top:8mm}}
#banana,#map,#cells,#movement,#notes,.tiles>li{{break-inside:avoid}}
h2,h3,.lede,.legend{{break-after:avoid}}
.beside{{grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:8mm}}
.chart{{max-width:98mm}}
.map{{margin-top:.4rem}}.map td[class]{{padding:.45rem .7rem}}.map b{{font-size:13pt}}
.slivers{{margin-top:.3rem}}.map .sum,.map small{{margin-top:.15rem}}
.tiles{{grid-template-columns:repeat(3,1fr)}}
.cells{{grid-template-columns:repeat(3,1fr);gap:3mm}}
.cells td{{padding:.3rem .3rem;font-size:7.5pt}}.cells b{{font-size:10pt}}.cells small{{font-size:6.5pt}}
.multiples{{grid-template-columns:repeat(4,1fr);gap:.9rem 1.3rem}}
.keep{{margin-top:1.2rem}}.flows{{gap:.15rem;margin-top:.4rem}}
details{{display:none}}
a{{text-decoration:none}}
}}
"""
