import { describe, expect, it } from 'vitest'
import { markdownOf } from '@/features/editor/rich-text'

describe('rich text that is pasted', () => {
  it('keeps headings, marks, links, lists, quotations and code', () => {
    expect(
      markdownOf(`<meta charset="utf-8"><h2>Plan</h2><p>Freeze <b>main</b> on <em>Thursday</em>, <s>Friday</s>, see <a href="https://example.com/a">the page</a>.</p>
        <ul><li>one<ol start="3"><li>two</li><li>three</li></ol></li><li>four</li></ul>
        <blockquote><p>Nobody deploys</p></blockquote><pre><code class="language-sh">make run</code></pre><p>and <code>this</code></p>`),
    ).toBe(
      '## Plan\n\nFreeze **main** on *Thursday*, ~~Friday~~, see [the page](https://example.com/a).\n\n- one\n  3. two\n  4. three\n- four\n\n> Nobody deploys\n\n```sh\nmake run\n```\n\nand `this`',
    )
  })

  it('keeps tables, also of cells that hold paragraphs, with their alignment', () => {
    expect(markdownOf('<table><thead><tr><th>who</th><th align="right">when</th></tr></thead><tbody><tr><td><p>Mira</p></td><td align="right">a|b</td></tr></tbody></table>')).toBe(
      '| who | when |\n| --- | ---: |\n| Mira | a\\|b |',
    )
  })

  it('of a spreadsheet is a table with its first row as the heading', () => {
    expect(
      markdownOf(`<google-sheets-html-origin><style>td {border: 1px solid #ccc}</style><table xmlns="http://www.w3.org/1999/xhtml" cellspacing="0" dir="ltr" border="1" style="table-layout:fixed"><colgroup><col width="100"/><col width="100"/></colgroup>
        <tbody><tr style="height:21px;"><td style="overflow:hidden" data-sheets-value="{}">Item</td><td style="text-align:right;">Price</td></tr><tr><td>Tea</td><td style="text-align:right;">3</td></tr></tbody></table></google-sheets-html-origin>`),
    ).toBe('| Item | Price |\n| --- | ---: |\n| Tea | 3   |')
  })

  it('of Google Docs is bold where its styles say so, and not for its wrapper', () => {
    expect(
      markdownOf(
        `<b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr"><span style="font-weight:400;">plain </span><span style="font-weight:700;">bold</span><span style="font-style:italic;"> slanted</span></p><ul><li dir="ltr"><p><span>one</span></p></li><ul><li><p><span>two</span></p></li></ul></ul></b>`,
      ),
    ).toBe('plain **bold** *slanted*\n\n- one\n\n  - two')
  })

  it('of Word has its lists', () => {
    const item = (level: number, sign: string, text: string): string =>
      `<p class="MsoListParagraph" style="mso-list:l0 level${level} lfo1"><![if !supportLists]><span style="mso-list:Ignore">${sign}<span>&nbsp;</span></span><![endif]>${text}<o:p></o:p></p>`
    expect(markdownOf(`<p class="MsoNormal">Before</p>${item(1, '·', 'one')}${item(2, 'o', 'two')}${item(1, '·', 'three')}<p>After</p>${item(1, '1.', 'first')}`)).toBe(
      'Before\n\n- one\n  - two\n- three\n\nAfter\n\n1. first',
    )
  })

  it('says no more than its plain text where it is text in some font alone', () => {
    expect(markdownOf('<div style="font-family: monospace"><span style="color: red">const</span> a = 1<br>b</div>')).toBeNull()
  })

  it('that was copied here is the Markdown that came with it', () => {
    expect(markdownOf('<meta charset="utf-8"><div data-notewire=""><p><strong>a</strong></p></div>')).toBeNull()
  })

  it('has backslashes only where signs would mean something', () => {
    expect(markdownOf('<p>snake_case 2 * 3 <b>x</b> #1 - 4. a_b_ *star* [x]</p><p># no heading</p><p>1. no item</p>')).toBe(
      'snake_case 2 * 3 **x** #1 - 4. a_b\\_ \\*star\\* [x]\n\n\\# no heading\n\n1\\. no item',
    )
  })

  it('leaves out what cannot be kept, such as pictures in it and scripts', () => {
    expect(markdownOf('<p><b>a</b><img src="data:image/png;base64,AA"><script>alert(1)</script><a href="javascript:alert(1)">b</a> <img src="https://example.com/c.png" alt="c"></p>')).toBe(
      '**a**b ![c](https://example.com/c.png)',
    )
  })

  it('has tasks', () => {
    expect(markdownOf('<ul><li><input type="checkbox" checked> one</li><li><input type="checkbox">two</li></ul>')).toBe('- [x] one\n- [ ] two')
  })
})
