/// The style of the HTML report: light and dark, one column on a phone.
enum PageStyle {
    static let css = """
        :root{color-scheme:light dark;--bg:#f6f5f2;--card:#fff;--ink:#1c1b19;--dim:#6d6a63;--line:#e4e1da;
        --ok:#18794e;--okbg:#e0f3e8;--bad:#b42318;--badbg:#fde8e4;--warn:#8a5a00;--warnbg:#fdf1d3;
        --c1:#2f6fde;--c2:#d9730d;--c3:#2b9a66;--c4:#8e4ec6;--c5:#ce2c5c;--c6:#0c8599}
        @media(prefers-color-scheme:dark){:root{--bg:#141412;--card:#1e1e1b;--ink:#eeece6;--dim:#a09c92;--line:#33322d;
        --ok:#5fd39a;--okbg:#15301f;--bad:#ff9585;--badbg:#3a1a16;--warn:#f2c14e;--warnbg:#332709;
        --c1:#7aa7ff;--c2:#ffa057;--c3:#5fd39a;--c4:#c79bf2;--c5:#ff7a9c;--c6:#5cc8d8}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
        "Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        main{max-width:1120px;margin:0 auto;padding:28px 20px 56px}
        header{display:flex;flex-wrap:wrap;align-items:flex-start;gap:6px 16px;margin-bottom:18px}
        header>div:first-child{flex:1 1 300px;min-width:0}
        .brand{color:var(--dim);font-size:13px;font-weight:600;letter-spacing:.02em}
        h1{font-size:27px;line-height:1.2;margin:2px 0 4px;letter-spacing:-.01em}
        .meta{color:var(--dim);margin:0;font-size:14px}
        h2{font-size:16px;margin:0 0 10px}
        .pill{align-self:center;padding:7px 16px;border-radius:99px;font-weight:650}
        .pass{color:var(--ok);background:var(--okbg)}.fail{color:var(--bad);background:var(--badbg)}
        .note{border-radius:10px;padding:11px 15px;margin:0 0 14px;background:var(--warnbg);color:var(--warn)}
        .keys{display:grid;grid-template-columns:repeat(6,1fr);gap:12px;margin-bottom:14px}
        .key,section,figure{background:var(--card);border:1px solid var(--line);border-radius:12px}
        .key{padding:13px 15px}.key span{display:block;color:var(--dim);font-size:13px;line-height:1.3}
        .key b{display:block;font-size:23px;line-height:1.3;letter-spacing:-.02em;white-space:nowrap}
        .key small{color:var(--dim);font-size:12.5px}
        .grid2{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:14px;margin-bottom:14px}
        .cols{columns:2;column-gap:14px}.cols section{break-inside:avoid;margin-bottom:14px}
        section{padding:16px 18px;min-width:0}figure{margin:0;padding:14px 14px 8px;min-width:0}
        figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 14px;margin:0 4px 6px}
        .legend{display:flex;flex-wrap:wrap;gap:2px 12px;color:var(--dim);font-size:13px}
        .legend i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:5px}
        svg{display:block;width:100%;height:auto}svg text{fill:var(--dim);font-size:12px}svg .ty{text-anchor:end}
        .grid{stroke:var(--line)}.line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
        .area{opacity:.12}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}
        th,td{padding:6px 0 6px 14px;text-align:right;border-top:1px solid var(--line);white-space:nowrap}
        th:first-child{text-align:left;padding-left:0;font-weight:500;white-space:normal;min-width:92px}
        thead th{border:0;color:var(--dim);font-weight:500;font-size:13px;padding-top:0}
        .wrap td{white-space:normal;overflow-wrap:anywhere}
        .bar{display:flex;height:12px;border-radius:6px;overflow:hidden;margin:2px 0 12px;background:var(--line)}
        .bar i{min-width:2px}.okcell{color:var(--ok);font-weight:600}.badcell{color:var(--bad);font-weight:600}
        p{margin:0 0 10px}p:last-child{margin:10px 0 0}.dim{color:var(--dim)}
        ul{margin:0;padding-left:20px}footer{color:var(--dim);font-size:13px;margin-top:18px}
        @media(max-width:900px){.keys{grid-template-columns:repeat(3,1fr)}.grid2{grid-template-columns:minmax(0,1fr)}
        .cols{columns:1}}
        @media(max-width:520px){main{padding:18px 12px 40px}.keys{grid-template-columns:repeat(2,1fr);gap:10px}
        h1{font-size:22px}.key b{font-size:20px}section{padding:13px}th,td{padding-left:6px;font-size:12.5px}
        th:first-child{min-width:70px}
        svg text{font-size:14px}}
        @media print{body{background:#fff}.key,section,figure{break-inside:avoid}}
        """
        + (1...6).map { ".k\($0){background:var(--c\($0))}.s\($0){stroke:var(--c\($0))}.f\($0){fill:var(--c\($0))}" }
        .joined()
}
