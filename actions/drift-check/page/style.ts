/** Light and dark, and readable on a phone. Reference is grey, current is blue, drift is red. */
export const STYLE = `
:root{--bg:#fff;--fg:#1c2128;--soft:#59636e;--line:#d1d9e0;--card:#f6f8fa;--ref:#8c959f;--cur:#0969da;--bad:#cf222e;--unsure:#9a6700;--good:#1a7f37}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--soft:#9198a1;--line:#3d444d;--card:#151b23;--ref:#7d8590;--cur:#4493f8;--bad:#f85149;--unsure:#d29922;--good:#3fb950}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1040px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:0;overflow-wrap:anywhere}
p{margin:4px 0}.soft{color:var(--soft)}
.banner{border:1px solid var(--line);border-left:6px solid var(--tone);border-radius:8px;padding:16px;background:var(--card);margin-bottom:24px;overflow-wrap:anywhere}
.drift{--tone:var(--bad)}.stable{--tone:var(--good)}.inconclusive,.skipped,.error{--tone:var(--unsure)}
.columns{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:16px}
.card{border:1px solid var(--line);border-radius:8px;padding:14px;min-width:0}
.head{display:flex;justify-content:space-between;gap:8px;align-items:baseline}
.badge{color:var(--tone);font-weight:600;font-size:13px;white-space:nowrap}
.why{font-size:13px;color:var(--soft);overflow-wrap:anywhere;min-height:38px}
svg{display:block;width:100%;height:auto;margin:8px 0}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:right;padding:2px 0 2px 8px;font-variant-numeric:tabular-nums;font-weight:400}
th:first-child{text-align:left;padding-left:0;color:var(--soft)}
thead th{color:var(--soft)}
.do{font-weight:600}
main>h2{margin:28px 0 4px}
.caption{font-size:12px;color:var(--soft);margin:10px 0 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 20px}
.figures div{border:1px solid var(--line);border-radius:8px;padding:10px 14px;min-width:0;overflow-wrap:anywhere}
dt{font-size:13px;color:var(--soft)}dd{margin:0;font-size:18px;font-weight:600;font-variant-numeric:tabular-nums}
code{font-size:12px;overflow-wrap:anywhere}
.legend i{display:inline-block;width:10px;height:10px;border-radius:2px;margin:0 4px 0 12px}
ul{padding-left:20px;margin:4px 0}li{overflow-wrap:anywhere}
@media (max-width:420px){.columns{grid-template-columns:1fr}}
`.replace(/\n/g, '')
