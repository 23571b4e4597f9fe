extension DriftPage {
  /// Colours have a contrast of 4.5 at least where they are text and 3 where they are drawn, on page and card, in both
  /// schemes; DriftPageStyleTests computes it.
  package static let style = palette + layout + pictures

  package static let palette = """
    :root { color-scheme: light dark; --ink: #1b2530; --quiet: #54616e; --page: #ffffff; --card: #f2f5f8; --line: #d5dce3;
      --edge: #76828e; --mark: #1f5fa8; --second: #a8431a; --shade0: #5f93cf; --shade1: #3a70b3; --shade2: #1f4d8a;
      --shade3: #0d2b55; --area: #5b8cc6; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e6ebf0; --quiet: #a3b0bd; --page: #13181e; --card: #1c242c; --line: #34404b; --edge: #7b8894;
        --mark: #74aee8; --second: #f0946a; --shade0: #4f7fb8; --shade1: #6fa3de; --shade2: #a5caf2; --shade3: #eaf4ff;
        --area: #4a7fbd; }
    }

    """

  private static let layout = """
    * { box-sizing: border-box; }
    html { scroll-padding-top: 1rem; }
    body { margin: 0 auto; max-width: 66rem; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--ink);
      font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; font-weight: 600; }
    h2 { font-size: 1.25rem; margin: 3rem 0 .5rem; }
    h3 { font-size: 1rem; margin: 0; }
    h4 { font-size: .875rem; margin: 0 0 .5rem; font-weight: 600; color: var(--quiet); }
    p { max-width: 44rem; margin: .5rem 0 1rem; }
    .name { overflow-wrap: anywhere; }
    .quiet, caption, figcaption, footer { color: var(--quiet); }
    .verdict { font-size: 1.125rem; background: var(--card); border-left: .3rem solid var(--mark); padding: .75rem 1rem;
      max-width: none; }
    a { color: var(--mark); text-underline-offset: .15em; }
    nav ul, .legend, .thumbs { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; }
    nav a { display: inline-block; padding: .35rem 1rem .35rem 0; }
    :focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
    .scroll { overflow-x: auto; margin: 1rem 0; }
    table { border-collapse: collapse; width: 100%; font-size: .9rem; }
    .beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0 2rem; }
    caption { text-align: left; padding-bottom: .4rem; }
    th, td { text-align: left; vertical-align: top; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line);
      font-weight: 400; }
    thead th { color: var(--quiet); border-bottom-color: var(--edge); vertical-align: bottom; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    thead .number { white-space: normal; min-width: 4.5rem; }
    .figures .number { font-size: 1.05rem; font-weight: 600; }
    .figures thead .number { font-size: .9rem; font-weight: 400; }
    .layers td { white-space: nowrap; }
    .layers tbody th, .layers thead th:first-child { position: sticky; left: 0; background: var(--page); min-width: 12rem;
      max-width: 16rem; padding-right: .75rem; }
    .layers a { display: inline-block; min-width: 1.5rem; min-height: 1.5rem; }
    details { border-bottom: 1px solid var(--line); }
    summary { padding: .6rem 0; cursor: pointer; }
    details ul { margin: 0 0 1rem; padding-left: 1.25rem; }
    .photo { background: var(--card); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
    .query { display: flex; gap: 1rem; align-items: center; margin-bottom: 1rem; }
    .query:last-child { margin: 0; }
    .query p { margin: .25rem 0 0; }
    .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem 1.5rem; }
    .thumbs { display: grid; grid-template-columns: repeat(5, minmax(0, 6rem)); gap: .5rem; }
    .thumbs li { font-size: .8rem; line-height: 1.3; }
    .thumbs span, .thumbs strong { display: block; font-variant-numeric: tabular-nums; }
    img, .missing { display: block; width: 100%; max-width: 6rem; aspect-ratio: 1; border-radius: .25rem; }
    .query img, .query .missing { width: 6rem; flex: none; }
    img { object-fit: cover; }
    .missing { overflow: hidden; overflow-wrap: anywhere; border: 1px dashed var(--edge); padding: .25rem;
      font-size: .75rem; }
    strong.mark { font-weight: 700; text-decoration: underline; }
    footer { margin-top: 3rem; font-size: .9rem; }
    @media (max-width: 40rem) { .layers tbody th, .layers thead th:first-child { min-width: 7rem; max-width: 8rem; } }

    """

  private static let pictures = """
    figure { margin: 1rem 0; }
    svg { display: block; width: 100%; height: auto; }
    svg.wide { max-width: 52rem; }
    svg.channels { max-width: 32rem; }
    svg.square { max-width: 34rem; }
    svg.sample { display: inline-block; width: .9em; height: .9em; overflow: visible; }
    .legend { gap: .25rem 1.25rem; font-size: .9rem; }
    svg text { fill: var(--ink); font-size: 12px; font-variant-numeric: tabular-nums; }
    svg .axis { fill: var(--quiet); }
    .grid { stroke: var(--line); fill: none; }
    .rule { stroke: var(--edge); fill: none; }
    .diagonal { stroke: var(--edge); stroke-dasharray: 6 5; stroke-width: 1.5; fill: none; }
    .bar { fill: var(--mark); }
    .dots { fill: none; stroke-linecap: round; }
    .shade0 { stroke: var(--shade0); stroke-width: 3; }
    .shade1 { stroke: var(--shade1); stroke-width: 3.6; }
    .shade2 { stroke: var(--shade2); stroke-width: 4.2; }
    .shade3 { stroke: var(--shade3); stroke-width: 5; }
    .few .dots { stroke-width: 7; }
    .in-model { fill: none; stroke: var(--mark); stroke-width: 2.5; stroke-linejoin: round; }
    .alone { fill: var(--second); stroke: var(--page); stroke-width: .75; }
    .observed { fill: var(--area); }
    .representable { fill: none; stroke: var(--ink); stroke-width: 1.5; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 2rem; }
    .charts figure { margin: .25rem 0 .75rem; }
    .charts figcaption { font-size: .875rem; max-width: 32rem; padding-left: 3.5rem; }
    @media (max-width: 40rem) { svg.wide text { font-size: 21px; } svg.square text { font-size: 17px; }
      svg.channels text { font-size: 14px; } }
    @media print { body { max-width: none; padding: 0; } nav { display: none; } .scroll { overflow: visible; }
      .layers td, .layers th { white-space: normal; font-size: .7rem; padding-right: .4rem; min-width: 0; }
      .photo, figure, tr { break-inside: avoid; } details::details-content { content-visibility: visible; } }
    """
}
